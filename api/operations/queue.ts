import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

export const queueName = 'operations';

/** A job names its operation and nothing else: the row says the rest, and no secret passes through Redis. */
export interface OperationJob {
  operationId: string;
}

export type OperationQueue = Queue<OperationJob>;

export function openQueue(connection: Redis): OperationQueue {
  return new Queue<OperationJob>(queueName, {
    connection,
    // The row keeps the history; a retry is a new job, after the lease of the last attempt has lapsed.
    defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
  });
}
