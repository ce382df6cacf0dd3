import { z } from 'zod';
import { hostingKinds, keyChanges, operationStates, operationSteps } from '../../models/operation.ts';
import { mediaTypes } from '../../protocol.ts';
import { count, withoutSafeIntegerBounds, success, timestamp } from './common.ts';

export const operation = z
  .object({
    id: z.uuid(),
    kind: z.enum(hostingKinds),
    key_change: z
      .enum(keyChanges)
      .nullable()
      .meta({ description: 'Of `keys`: whether a key was to be added or removed. Null for all other kinds.' }),
    state: z.enum(operationStates),
    step: z.enum(operationSteps),
    progress: z.int().min(0).max(100).meta({ description: 'Per cent.' }),
    steps: z
      .array(z.object({ step: z.enum(operationSteps), at: timestamp.nullable() }))
      .meta({ description: 'All of its kind in order, each with when it began in the latest attempt.' }),
    expected_seconds: z.int().min(1).meta({ description: 'What earlier ones of its kind took.' }),
    queue: z
      .object({
        ahead: z.int().min(0).meta({ description: 'How many come before it.' }),
        seconds: z.int().min(0).meta({ description: 'In about how many seconds its turn comes.' }),
      })
      .nullable()
      .meta({ description: 'Its place, while it waits for its turn.' }),
    error: z.object({ code: z.string(), message: z.string(), console: z.array(z.string()).optional() }).nullable(),
    created_at: timestamp,
    started_at: timestamp.nullable(),
    ended_at: timestamp.nullable(),
  })
  .meta({ id: 'Operation' });

export const operationParameters = z.strictObject({ id: z.uuid() });

const progress = z.object({
  state: z.enum(operationStates),
  step: z.enum(operationSteps),
  attempt: count,
  progress: z.int().min(0).max(100),
  at: timestamp,
});

/** One event of a stream; OpenAPI before 3.2 has no other place for it than the schema of the whole. */
export const progressEvent = z.object({
  id: z.string(),
  event: z.literal('progress'),
  data: z.string().meta({
    contentMediaType: mediaTypes.json,
    contentSchema: z.toJSONSchema(progress, { override: withoutSafeIntegerBounds }),
  }),
});

export const eventsHeaders = z.object({
  'Last-Event-ID': z.string().optional().meta({ description: 'The last event that was seen.' }),
});

export const operationAnswer = success(z.object({ operation }));
export const operationsAnswer = success(z.object({ operations: z.array(operation) }));
