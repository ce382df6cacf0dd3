// What the list of recent operations calls them.
import test from 'ava';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, call, makeAccount } from '../support/api/calls.ts';
import { claim, endAsAsked, makeHosting } from '../support/api/operations.ts';
import { PageVisitor } from '../support/api/page-visitor.ts';
import { publicKey } from '../support/api/fixtures.ts';

let api: TestApi;
test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());

async function end(id: string): Promise<void> {
  await endAsAsked(api.stores.database, await claim(api.stores.database, id));
}

/** Names of operations, newest first. */
async function listed(account: Account, language: string): Promise<string[]> {
  const { text } = await PageVisitor.as(api, account, { 'Accept-Language': language }).get('/hosting');
  const [, list = ''] = /<ol class="activity">([^]*?)<\/ol>/.exec(text) ?? [];
  return [...list.matchAll(/<strong>([^<]*)</g)].map(([, name = '']) => name);
}

test('that a key was added is told from that one was removed', async (t) => {
  const account = await makeAccount(api);
  const { token } = account;
  await makeHosting(api.stores.database, account.id);
  const added = await call(api, 'POST', '/host/my/ssh-keys', { token, json: { public_key: publicKey } });
  const { ssh_key: key, operation } = added.body.data as { ssh_key: { id: string }; operation: { id: string } };
  t.like(operation, { kind: 'keys', key_change: 'add' });
  await end(operation.id);
  const removed = await call(api, 'DELETE', `/host/my/ssh-keys/${key.id}`, { token });
  t.like(removed.body.data?.['operation'], { kind: 'keys', key_change: 'remove' });
  t.deepEqual(await listed(account, 'en'), ['Remove SSH key', 'Add SSH key', 'Create']);
  t.deepEqual(await listed(account, 'ko'), ['SSH 키 삭제', 'SSH 키 추가', '만들기']);
});
