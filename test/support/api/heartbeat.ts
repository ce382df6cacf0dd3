import type { Redis } from 'ioredis';
import { type Heartbeat, sendHeartbeat, withdrawHeartbeat } from '../../../api/health/heartbeat.ts';

/** Tells of a worker, as it does itself every five seconds. @param changes of what it tells mostly @returns what ends that */
export async function beatAs(
  redis: Redis,
  domainType: Heartbeat['domain_type'],
  changes: Partial<Heartbeat> = {},
): Promise<() => Promise<void>> {
  const worker = `worker-${domainType}`;
  const beat = () =>
    sendHeartbeat(redis, {
      worker,
      node: `node-${domainType}`,
      libvirt: { up: true, latency_ms: 4, version: '9.0.0' },
      confinement: null,
      firewall: { up: true, reason: null },
      left_out_ports: [],
      disk: { free_bytes: 67e9, total_bytes: 271e9, reserve_bytes: 13.5e9 },
      saved: { free_bytes: 67e9, total_bytes: 271e9, reserve_bytes: 13.5e9 },
      memory: { free_bytes: 5.4e9, total_bytes: 16.5e9, reserve_bytes: 2.1e9 },
      processors: { count: 4, load: 1.25 },
      pulumi: '3.256.0',
      domain_type: domainType,
      ...changes,
    });
  await beat();
  const timer = setInterval(() => void beat(), 5_000);
  return async () => {
    clearInterval(timer);
    await withdrawHeartbeat(redis, worker);
  };
}
