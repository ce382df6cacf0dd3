import { NotFoundError, OperationFailedError } from '../errors.ts';
import { Hosting } from '../models/hosting.ts';
import type { Operation } from '../models/operation.ts';
import { requestCreate, requestDelete } from '../operations/host.ts';
import { publishOrLeave } from '../operations/outbox.ts';
import { makeOneTimePassword } from '../passwords.ts';
import { presentHosting } from '../presenters/hosting.ts';
import { presentOperation } from '../presenters/operation.ts';
import { nothingAnswer } from '../schemas/common.ts';
import {
  acceptedHeaders,
  hostingAcceptedAnswer,
  hostingAnswer,
  hostingCreatedAnswer,
  hostingCreation,
  operationAcceptedAnswer,
  preferHeaders,
} from '../schemas/host.ts';
import type { Services } from '../services.ts';
import { type Answer, answer, type AppContext, userRoute } from './route.ts';

/** How to follow the operation of an answer. */
const operationId = { id: '$response.body#/data/operation/id' };
const operationLinks: Answer['links'] = {
  operation: { method: 'get', path: '/operations/:id', parameters: operationId },
  events: { method: 'get', path: '/operations/:id/events', parameters: operationId },
};

const create = userRoute({
  method: 'post',
  path: '/host',
  summary: 'Create your hosting. Waits until it runs, or answers at once with `Prefer: respond-async`.',
  headers: preferHeaders,
  body: { type: 'json', schema: hostingCreation, optional: true },
  limit: 'create',
  answers: {
    201: { description: 'It runs.', schema: hostingCreatedAnswer },
    202: {
      description: 'It is being created; see Location.',
      schema: hostingAcceptedAnswer,
      headers: acceptedHeaders,
      links: operationLinks,
    },
  },
  errors: {
    409: 'HOSTING_EXISTS or HOSTING_BUSY',
    503: 'NO_ROOM or the code of a failed operation',
    504: 'VM_NOT_READY',
  },
  handle: async ({ ctx, services, user, actor, body }) => {
    const { config, database } = services;
    const sshPublicKeys = body.ssh_public_keys ?? [];
    const oneTime = sshPublicKeys.length === 0 ? await makeOneTimePassword() : null;
    const range = { network: config.VM_NETWORK, firstPort: config.SSH_PORT_FIRST, lastPort: config.SSH_PORT_LAST };
    const request = { actor, sshPublicKeys, sshPasswordHash: oneTime?.hash ?? null };
    const operation = await requestCreate(database, range, request);
    const password = oneTime && { ssh_password: oneTime.password };
    const ended = await carryOut(ctx, services, operation);
    if (!ended) return accept(ctx, 'hostingRequested', operation, password);
    const hosting = await Hosting.findByPk(user.id, { rejectOnEmpty: true });
    answer(ctx, 201, 'hostingCreated', { ...presentHosting(hosting, config.PUBLIC_URL), ...password });
  },
});

const show = userRoute({
  method: 'get',
  path: '/host/my',
  summary: 'Your hosting.',
  answers: { 200: { description: 'The hosting.', schema: hostingAnswer } },
  errors: { 404: 'HOSTING_NOT_FOUND' },
  handle: async ({ ctx, services, user }) => {
    const hosting = await Hosting.findByPk(user.id);
    if (!hosting) throw new NotFoundError('hostingMissing', 'HOSTING_NOT_FOUND');
    answer(ctx, 200, 'hostingShown', presentHosting(hosting, services.config.PUBLIC_URL));
  },
});

const remove = userRoute({
  method: 'delete',
  path: '/host/my',
  summary: 'Delete your hosting. Waits until all is gone, or answers at once with `Prefer: respond-async`.',
  headers: preferHeaders,
  answers: {
    200: { description: 'All is gone.', schema: nothingAnswer },
    202: {
      description: 'It is being deleted; see Location.',
      schema: operationAcceptedAnswer,
      headers: acceptedHeaders,
      links: operationLinks,
    },
  },
  errors: { 404: 'HOSTING_NOT_FOUND', 409: 'HOSTING_BUSY', 503: 'the code of a failed operation' },
  handle: async ({ ctx, services, actor }) => {
    const operation = await requestDelete(services.database, actor);
    const ended = await carryOut(ctx, services, operation);
    if (!ended) return accept(ctx, 'hostingDeleteRequested', operation);
    answer(ctx, 200, 'hostingDeleted', null);
  },
});

/**
 * Hands an operation to the workers, and waits for it to succeed unless the client prefers not to.
 * @returns whether it succeeded; false when the answer must not wait for it (any longer).
 * @throws OperationFailedError
 */
async function carryOut(ctx: AppContext, services: Services, operation: Operation): Promise<boolean> {
  const { progress, config } = services;
  await publishOrLeave(services);
  if (/(?:^|[\s,;])respond-async(?:$|[\s,;])/i.test(ctx.get('Prefer'))) {
    ctx.set('Preference-Applied', 'respond-async');
    return false;
  }
  const gone = new AbortController();
  ctx.res.once('close', () => gone.abort());
  const limit = AbortSignal.timeout(patience(config.BOOT_TIMEOUT_SECONDS));
  const { state, id, step, error } = await progress.ended(operation.id, AbortSignal.any([gone.signal, limit]));
  if (state === 'failed' && error) throw new OperationFailedError({ id, step, error });
  return state === 'succeeded';
}

/** Milliseconds that an answer may wait: two boots (an attempt whose worker died, and the next) and a minute. */
function patience(bootTimeoutSeconds: number): number {
  return (2 * bootTimeoutSeconds + 60) * 1_000;
}

function accept(
  ctx: AppContext,
  message: 'hostingRequested' | 'hostingDeleteRequested',
  operation: Operation,
  more?: object | null,
): void {
  ctx.set('Location', `/api/v1/operations/${operation.id}`);
  answer(ctx, 202, message, { operation: presentOperation(operation), ...more });
}

export const hostRoutes = [create, show, remove];
