import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { NotFoundError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { Operation } from '../models/operation.ts';
import type { ProgressFollower } from '../operations/progress.ts';
import { presentOperation, presentOperationEvent } from '../presenters/operation.ts';
import { eventsHeaders, operationAnswer, operationParameters, progressEvent } from '../schemas/operation.ts';
import { answer, userRoute } from './route.ts';

/** Milliseconds between comments on a silent stream, so that no proxy takes it for dead. */
const keepAlive = 15_000;

/** Another user's operation is told from a missing one by nothing. */
async function ownOperation(id: string, userId: number): Promise<Operation> {
  const operation = await Operation.findOne({ where: { id, userId } });
  if (!operation) throw new NotFoundError('operationMissing', 'OPERATION_NOT_FOUND');
  return operation;
}

const show = userRoute({
  method: 'get',
  path: '/operations/:id',
  summary: 'One of your operations.',
  parameters: operationParameters,
  answers: { 200: { description: 'The operation.', schema: operationAnswer } },
  errors: { 404: 'OPERATION_NOT_FOUND' },
  handle: async ({ ctx, user, parameters }) => {
    answer(ctx, 200, 'operationShown', { operation: presentOperation(await ownOperation(parameters.id, user.id)) });
  },
});

const events = userRoute({
  method: 'get',
  path: '/operations/:id/events',
  summary: 'The progress of one of your operations as server-sent events, from the start or after Last-Event-ID.',
  parameters: operationParameters,
  headers: eventsHeaders,
  answers: {
    200: {
      description: 'Events named `progress`; the stream ends with the operation.',
      schema: progressEvent,
      contentType: 'text/event-stream',
    },
  },
  errors: { 404: 'OPERATION_NOT_FOUND', 429: 'TOO_MANY_STREAMS' },
  handle: async ({ ctx, services, user, parameters }) => {
    const { id } = await ownOperation(parameters.id, user.id);
    const after = /^\d{1,18}$/.test(ctx.get('Last-Event-ID')) ? ctx.get('Last-Event-ID') : '0';
    ctx.set({ 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Accel-Buffering': 'no' });
    const closed = services.streams.open(user.id);
    ctx.status = 200;
    ctx.body = eventStream(services, id, after).once('close', closed);
  },
});

function eventStream(
  { progress, logger }: { progress: ProgressFollower; logger: Logger },
  id: string,
  after: string,
): PassThrough {
  const stream = new PassThrough();
  const closed = new AbortController();
  stream.once('close', () => closed.abort());
  const comment = setInterval(() => stream.write(': still here\n\n'), keepAlive);
  pipeline(Readable.from(frames(progress, id, closed.signal, after)), stream, { signal: closed.signal })
    .catch((error: unknown) => {
      if (!closed.signal.aborted) logger.error({ err: error, operation: id }, 'the event stream broke');
    })
    .finally(() => clearInterval(comment));
  return stream;
}

async function* frames(
  progress: ProgressFollower,
  id: string,
  signal: AbortSignal,
  after: string,
): AsyncGenerator<string> {
  yield 'retry: 1000\n\n';
  for await (const event of progress.events(id, signal, after)) {
    yield `id: ${event.id}\nevent: progress\ndata: ${JSON.stringify(presentOperationEvent(event))}\n\n`;
  }
}

export const operationRoutes = [show, events];
