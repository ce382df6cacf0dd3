import { NotFoundError } from '../../errors.ts';
import { eventStream, eventStreamHeaders } from '../event-stream.ts';
import type { Operation } from '../../models/operation.ts';
import { describeOperations } from '../../operations/describe-operation.ts';
import type { ProgressFollower } from '../../operations/progress.ts';
import { mediaTypes } from '../../protocol.ts';
import { presentOperation, presentOperationEvent } from '../presenters/operation.ts';
import {
  eventsHeaders,
  operationAnswer,
  operationParameters,
  operationsAnswer,
  progressEvent,
} from '../schemas/operation.ts';
import { present } from './operation-answers.ts';
import { answer, userRoute } from './route.ts';
import type { Database } from '../../stores/database.ts';

/** How many operations a list has. */
const listed = 20;

/** Another user's operation is answered exactly like one that does not exist. */
async function ownOperation(database: Database, id: string, userId: number): Promise<Operation> {
  const operation = await database.models.Operation.findOne({ where: { id, userId } });
  if (!operation) throw new NotFoundError('OPERATION_NOT_FOUND');
  return operation;
}

const show = userRoute({
  method: 'get',
  path: '/operations/:id',
  summary: { ko: '내 작업 하나.', en: 'One of your operations.' },
  parameters: operationParameters,
  answers: { 200: { description: 'The operation.', schema: operationAnswer } },
  errors: ['OPERATION_NOT_FOUND'],
  handle: async ({ ctx, services, user, parameters }) => {
    const operation = await ownOperation(services.database, parameters.id, user.id);
    answer(ctx, 200, 'operationShown', { operation: await present(services.database, operation) });
  },
});

const list = userRoute({
  method: 'get',
  path: '/operations',
  summary: { ko: '내 최근 작업 목록.', en: 'Your latest operations, newest first.' },
  answers: { 200: { description: `At most ${listed}.`, schema: operationsAnswer } },
  handle: async ({ ctx, services, user }) => {
    const latest = { where: { userId: user.id }, order: [['createdAt', 'DESC']] as [string, string][], limit: listed };
    const { database } = services;
    const described = await describeOperations(database, await database.models.Operation.findAll(latest));
    answer(ctx, 200, 'operationsShown', { operations: described.map(presentOperation) });
  },
});

const events = userRoute({
  method: 'get',
  path: '/operations/:id/events',
  summary: {
    ko: '내 작업 하나의 진행 상황을 server-sent events로 받기. 처음부터, 또는 Last-Event-ID 다음부터 보냅니다.',
    en: 'The progress of one of your operations as server-sent events, from the start or after Last-Event-ID.',
  },
  parameters: operationParameters,
  headers: eventsHeaders,
  answers: {
    200: {
      description: 'Events named `progress`; the stream ends with the operation.',
      schema: progressEvent,
      contentType: mediaTypes.events,
    },
  },
  errors: ['OPERATION_NOT_FOUND', 'TOO_MANY_STREAMS'],
  handle: async ({ ctx, services, user, parameters }) => {
    const operation = await ownOperation(services.database, parameters.id, user.id);
    const after = /^\d{1,18}$/.test(ctx.get('Last-Event-ID')) ? ctx.get('Last-Event-ID') : '0';
    ctx.set(eventStreamHeaders);
    const closed = services.streams.open(user.id);
    ctx.status = 200;
    const { progress, logger } = services;
    const stream = eventStream(
      (signal) => frames(progress, operation, signal, after),
      (error) => logger.error({ err: error, operation: operation.id }, 'the event stream broke'),
    );
    ctx.body = stream.once('close', closed);
  },
});

async function* frames(
  progress: ProgressFollower,
  { id, kind }: Operation,
  signal: AbortSignal,
  after: string,
): AsyncGenerator<string> {
  yield 'retry: 1000\n\n';
  for await (const event of progress.events(id, signal, after)) {
    yield `id: ${event.id}\nevent: progress\ndata: ${JSON.stringify(presentOperationEvent(event, kind))}\n\n`;
  }
}

export const operationRoutes = [list, show, events];
