import { OperationFailedError } from '../../errors.ts';
import type { MessageKey } from '../../messages.ts';
import type { Operation } from '../../models/operation.ts';
import { describeOperations } from '../../operations/describe-operation.ts';
import { announceProgress } from '../../operations/progress.ts';
import { apiPrefix } from '../../protocol.ts';
import { presentOperation } from '../presenters/operation.ts';
import type { Services } from '../../services.ts';
import type { AppContext } from '../context.ts';
import { type Answer, answer } from './route.ts';

/** How to follow the operation of an answer. */
const operationId = { id: '$response.body#/data/operation/id' };
export const operationLinks: NonNullable<Answer['links']> = {
  operation: { method: 'get', path: '/operations/:id', parameters: operationId },
  events: { method: 'get', path: '/operations/:id/events', parameters: operationId },
};

/**
 * Tells the workers of an operation, and waits for it to succeed unless the client prefers not to.
 * @returns whether it succeeded; false when the answer must not wait for it (any longer).
 * @throws OperationFailedError
 */
export async function waitForEnd(ctx: AppContext, services: Services, operation: Operation): Promise<boolean> {
  const { progress, config } = services;
  await announceProgress(services, operation.id);
  if (/(?:^|[\s,;])respond-async(?:$|[\s,;])/i.test(ctx.get('Prefer'))) {
    ctx.set('Preference-Applied', 'respond-async');
    return false;
  }
  const gone = new AbortController();
  ctx.res.once('close', () => gone.abort());
  const limit = AbortSignal.timeout(patience(config.BOOT_TIMEOUT_SECONDS));
  const ended = await progress.ended(operation.id, AbortSignal.any([gone.signal, limit]));
  const { state, id, kind, step, error } = ended;
  if (state === 'failed' && error) throw new OperationFailedError({ id, kind, step, error });
  return state === 'succeeded';
}

/** Milliseconds that an answer may wait: two boots (an attempt whose worker died, and the next) and a minute. */
function patience(bootTimeoutSeconds: number): number {
  return (2 * bootTimeoutSeconds + 60) * 1_000;
}

/** Answers that an operation is under way. */
export async function accept(
  ctx: AppContext,
  { database }: Services,
  { operation, message, more }: { operation: Operation; message: MessageKey; more?: object | null },
): Promise<void> {
  ctx.set('Location', `${apiPrefix}/operations/${operation.id}`);
  answer(ctx, 202, message, { operation: await present(database, operation), ...more });
}

/** An operation as answers show it. */
export async function present(
  database: Services['database'],
  operation: Operation,
): Promise<ReturnType<typeof presentOperation>> {
  const [described] = await describeOperations(database, [operation]);
  if (!described) throw new Error('an operation was not described');
  return presentOperation(described);
}
