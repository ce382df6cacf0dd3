import { z } from 'zod';
import { count, success } from './common.ts';

const part = z
  .object({ state: z.enum(['up', 'down']), latency_ms: count, details: z.looseObject({}).optional() })
  .meta({ id: 'Part' });

export const healthAnswer = success(z.object({ status: z.literal('up') }));

export const detailedHealth = z.object({
  status: z.enum(['up', 'down']),
  parts: z.object({
    database: part,
    redis: part,
    worker: part,
    libvirt: part,
    firewall: part,
    proxy: part,
    ports: part,
    certificates: part,
    domains: part,
    spares: part,
    disk: part,
    memory: part,
    queue: part,
  }),
});

export const detailedHealthAnswer = success(detailedHealth);

export const versionAnswer = success(
  z.object({
    version: z.string(),
    commit: z.string().nullable(),
    pulumi: z.string().nullable(),
    libvirt: z.string().nullable(),
  }),
);
