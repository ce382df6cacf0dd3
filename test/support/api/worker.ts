import { lanesOf } from '../../../api/jobs/lanes.ts';
import { workUntilStopped, type WorkOptions } from '../../../api/jobs/work-loop.ts';
import type { TestApi } from './api.ts';

/** A worker that takes operations as any other does, and does with them what the test says. @returns what stops it */
export function startWorker(
  { services }: TestApi,
  perform: (...given: [...Parameters<WorkOptions['perform']>, AbortSignal]) => Promise<void>,
  worker = 'worker-1',
  engineFree = () => Promise.resolve(),
): () => Promise<void> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const { database, progress, logger } = services;
  const lanes = lanesOf(engineFree);
  const work = { database, progress, logger, worker, lanes, signal };
  const working = workUntilStopped({ ...work, perform: (...given) => perform(...given, signal) });
  return () => {
    stopping.abort();
    return working;
  };
}
