import { z } from 'zod';
import { operationKinds, operationStates, operationSteps } from '../models/operation.ts';
import { success, timestamp } from './common.ts';

export const operation = z
  .object({
    id: z.uuid(),
    kind: z.enum(operationKinds),
    state: z.enum(operationStates),
    step: z.enum(operationSteps),
    progress: z.int().min(0).max(100).meta({ description: 'Per cent.' }),
    error: z.object({ code: z.string(), message: z.string(), console: z.array(z.string()).optional() }).nullable(),
    created_at: timestamp,
    started_at: timestamp.nullable(),
    ended_at: timestamp.nullable(),
  })
  .meta({ id: 'Operation' });

export const operationParameters = z.strictObject({ id: z.uuid() });

export const operationAnswer = success(z.object({ operation }));
