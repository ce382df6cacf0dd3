import { NotFoundError } from '../../errors.ts';
import type { MessageKey } from '../../messages.ts';
import { announceProgress } from '../../operations/progress.ts';
import { type KeyChanged, requestKey, requestKeyRemoval } from '../../operations/ssh-keys.ts';
import { presentSshKey } from '../presenters/ssh-key.ts';
import { sshKeyAddition, sshKeyChangedAnswer, sshKeyParameters, sshKeysAnswer } from '../schemas/ssh-key.ts';
import type { Services } from '../../services.ts';
import { operationLinks, present } from './operation-answers.ts';
import type { AppContext } from '../context.ts';
import { answer, userRoute } from './route.ts';

const path = '/host/my/ssh-keys';

const list = userRoute({
  method: 'get',
  path,
  summary: { ko: '내 서버에 접속할 수 있는 SSH 키.', en: 'The SSH keys that open your machine.' },
  answers: {
    200: { description: 'The keys that Webhoster knows of; you may have written others there.', schema: sshKeysAnswer },
  },
  errors: ['HOSTING_NOT_FOUND'],
  handle: async ({ ctx, services, user }) => {
    const { Hosting, SshKey } = services.database.models;
    const where = { userId: user.id };
    if (!(await Hosting.count({ where }))) throw new NotFoundError('HOSTING_NOT_FOUND');
    const keys = await SshKey.findAll({ where, order: [['createdAt', 'ASC']] });
    answer(ctx, 200, 'keysShown', { ssh_keys: keys.map(presentSshKey) });
  },
});

const add = userRoute({
  method: 'post',
  path,
  summary: {
    ko: 'SSH 키 추가. 곧, 또는 다음에 켤 때 적용됩니다.',
    en: 'Add an SSH key. It reaches the machine in a moment, or at its next start.',
  },
  body: { type: 'json', schema: sshKeyAddition },
  limit: 'change',
  answers: { 201: { description: 'The key.', schema: sshKeyChangedAnswer, links: operationLinks } },
  errors: ['HOSTING_NOT_FOUND', 'KEY_EXISTS', 'TOO_MANY_KEYS', 'HOSTING_BUSY', 'HOSTING_STATE'],
  handle: async ({ ctx, services, actor, body }) => {
    const { public_key: publicKey, name } = body;
    const changed = await requestKey(services.database, { actor, publicKey, name });
    await tell(ctx, services, { status: 201, message: 'keyAdded', changed });
  },
});

const remove = userRoute({
  method: 'delete',
  path: `${path}/:id`,
  summary: {
    ko: 'SSH 키 삭제. 곧, 또는 다음에 켤 때 적용됩니다.',
    en: 'Remove an SSH key. It is taken from the machine in a moment, or at its next start.',
  },
  parameters: sshKeyParameters,
  limit: 'change',
  answers: { 200: { description: 'The key, on its way.', schema: sshKeyChangedAnswer, links: operationLinks } },
  errors: ['HOSTING_NOT_FOUND', 'KEY_NOT_FOUND', 'HOSTING_BUSY', 'HOSTING_STATE'],
  handle: async ({ ctx, services, actor, parameters }) => {
    const changed = await requestKeyRemoval(services.database, { actor, id: parameters.id });
    await tell(ctx, services, { status: 200, message: 'keyRemoved', changed });
  },
});

async function tell(
  ctx: AppContext,
  services: Services,
  { status, message, changed: { key, operation } }: { status: number; message: MessageKey; changed: KeyChanged },
): Promise<void> {
  if (operation) await announceProgress(services, operation.id);
  const follows = operation && (await present(services.database, operation));
  answer(ctx, status, message, { ssh_key: presentSshKey(key), operation: follows });
}

export const sshKeyRoutes = [list, add, remove];
