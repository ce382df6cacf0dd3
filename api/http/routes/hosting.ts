import { AppError, NotFoundError } from '../../errors.ts';
import { readHosting, requestCreate, requestDelete } from '../../operations/hosting.ts';
import { chooseSleep } from '../../operations/sleep.ts';
import { makeOneTimePassword } from '../../accounts/passwords.ts';
import { presentHosting } from '../presenters/hosting.ts';
import { nothingAnswer } from '../schemas/common.ts';
import {
  acceptedHeaders,
  hostingAcceptedAnswer,
  hostingAnswer,
  hostingChange,
  hostingCreatedAnswer,
  hostingCreation,
  operationAcceptedAnswer,
  preferHeaders,
} from '../schemas/hosting.ts';
import { accept, waitForEnd, operationLinks } from './operation-answers.ts';
import { answer, ownerRoute, userRoute } from './route.ts';

const create = userRoute({
  method: 'post',
  path: '/host',
  summary: {
    ko: '내 호스팅 생성. 켜질 때까지 기다리거나, `Prefer: respond-async`를 보내면 바로 응답합니다.',
    en: 'Create your hosting. Waits until it runs, or answers at once with `Prefer: respond-async`.',
  },
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
  errors: ['HOSTING_EXISTS', 'HOSTING_BUSY', 'HOSTING_NOT_FOUND', 'NO_ROOM'],
  operationErrors: ['VM_NOT_READY'],
  handle: async ({ ctx, services, user, actor, body }) => {
    const { config, database } = services;
    const sshPublicKeys = body.ssh_public_keys ?? [];
    const oneTime = sshPublicKeys.length === 0 ? await makeOneTimePassword() : null;
    const range = { network: config.VM_NETWORK, firstPort: config.SSH_PORT_FIRST, lastPort: config.SSH_PORT_LAST };
    const request = { actor, sshPublicKeys, sshPasswordHash: oneTime?.hash ?? null };
    const operation = await requestCreate(database, range, request);
    const password = oneTime && { ssh_password: oneTime.password };
    const ended = await waitForEnd(ctx, services, operation);
    if (!ended) return accept(ctx, services, { operation, message: 'hostingRequested', more: password });
    const made = await readHosting(database, user.id);
    answer(ctx, 201, 'hostingCreated', { ...presentHosting(made, config.PUBLIC_URL), ...password });
  },
});

const show = ownerRoute({
  method: 'get',
  path: '/host/my',
  summary: { ko: '내 호스팅.', en: 'Your hosting.' },
  answers: { 200: { description: 'The hosting.', schema: hostingAnswer } },
  errors: ['HOSTING_NOT_FOUND'],
  handle: ({ ctx, services, own }) => {
    if (!own) throw new NotFoundError('HOSTING_NOT_FOUND');
    answer(ctx, 200, 'hostingShown', presentHosting(own, services.config.PUBLIC_URL));
    return Promise.resolve();
  },
});

const change = userRoute({
  method: 'patch',
  path: '/host/my',
  summary: {
    ko: '아무도 쓰지 않을 때 내 서버가 쉬어도 되는지 선택.',
    en: 'Choose whether your machine may sleep while nobody uses it.',
  },
  body: { type: 'json', schema: hostingChange },
  limit: 'change',
  answers: { 200: { description: 'The hosting.', schema: hostingAnswer } },
  errors: ['FORBIDDEN', 'HOSTING_NOT_FOUND'],
  handle: async ({ ctx, services, user, actor, body }) => {
    const { config, database } = services;
    if (config.SLEEP_CHOICE === 'operators' && user.role !== 'operator') throw new AppError('FORBIDDEN');
    await chooseSleep(database, actor, body.sleep);
    answer(ctx, 200, 'hostingChanged', presentHosting(await readHosting(database, user.id), config.PUBLIC_URL));
  },
});

const remove = userRoute({
  method: 'delete',
  path: '/host/my',
  summary: {
    ko: '내 호스팅 삭제. 모두 지워질 때까지 기다리거나, `Prefer: respond-async`를 보내면 바로 응답합니다.',
    en: 'Delete your hosting. Waits until all is gone, or answers at once with `Prefer: respond-async`.',
  },
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
  errors: ['HOSTING_NOT_FOUND', 'HOSTING_BUSY'],
  operationErrors: [],
  handle: async ({ ctx, services, actor }) => {
    const operation = await requestDelete(services.database, actor);
    const ended = await waitForEnd(ctx, services, operation);
    if (!ended) return accept(ctx, services, { operation, message: 'hostingDeleteRequested' });
    answer(ctx, 200, 'hostingDeleted', null);
  },
});

export const hostRoutes = [create, show, change, remove];
