// Changing the password, and deleting an account with all that hangs on it.
import test from 'ava';
import { QueryTypes } from 'sequelize';
import { deleteAccount } from '../../api/accounts/account.ts';
import { onBehalfOf } from '../../api/audit.ts';
import { UnauthenticatedError } from '../../api/errors.ts';
import { reconcileDeletedAccounts } from '../../api/operations/hosting.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, call, type Called, makeAccount, respondAsync } from '../support/api/calls.ts';
import { claim, endDelete, makeHosting, queueCreate } from '../support/api/operations.ts';
import { password, passwordHash } from '../support/api/fixtures.ts';

const newPassword = 'a better secret';
let api: TestApi;

test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());

const makeUser = () => makeAccount(api, passwordHash);

function logIn({ email }: Account, given: string): Promise<Called> {
  return call(api, 'POST', '/auth/login', { form: { username: email, password: given } });
}

function change({ token }: Account, json: object): Promise<Called> {
  return call(api, 'POST', '/auth/password', { token, json });
}

function remove({ token }: Account, given = password): Promise<Called> {
  return call(api, 'DELETE', '/auth/me', { token, json: { password: given } });
}

test('a changed password counts at once: other sessions end, this one goes on', async (t) => {
  const account = await makeUser();
  const other = await logIn(account, password);
  const { status, body } = await change(account, { current_password: password, new_password: newPassword });
  t.is(status, 200);
  t.like(body, { success: true, data: null });
  t.is((await call(api, 'GET', '/auth/me', { token: String(other.body['access_token']) })).status, 401);
  const form = { refresh_token: String(other.body['refresh_token']) };
  t.is((await call(api, 'POST', '/auth/refresh', { form })).status, 401);
  t.is((await call(api, 'GET', '/auth/me', { token: account.token })).status, 200);
  t.is((await logIn(account, password)).status, 401);
  t.is((await logIn(account, newPassword)).status, 200);
});

test('with a wrong password nothing changes', async (t) => {
  const account = await makeUser();
  await makeHosting(api.stores.database, account.id);
  const answers = [
    await change(account, { current_password: 'not mine', new_password: newPassword }),
    await remove(account, 'not mine'),
  ];
  for (const { status, body } of answers) {
    t.is(status, 403);
    t.is(body.error?.code, 'WRONG_PASSWORD');
  }
  t.like(await api.models.User.findByPk(account.id), { passwordHash, email: account.email });
  t.like(await api.models.Hosting.findByPk(account.id), { status: 'running' });
  t.is(await api.models.Session.count({ where: { userId: account.id } }), 1);
});

test('a new password keeps the rules of the first', async (t) => {
  const account = await makeUser();
  for (const bad of ['short', 'password123', 'x'.repeat(129)])
    t.is((await change(account, { current_password: password, new_password: bad })).status, 422);
  t.like(await api.models.User.findByPk(account.id), { passwordHash });
});

test('of two changes at once, one counts', async (t) => {
  const account = await makeUser();
  const wanted = ['the first secret', 'the second secret'];
  const answers = await Promise.all(
    wanted.map((new_password) => change(account, { current_password: password, new_password })),
  );
  t.deepEqual(answers.map(({ status }) => status).sort(), [200, 403]);
  const [winner = ''] = wanted.filter((_, index) => answers[index]?.status === 200);
  t.is((await logIn(account, winner)).status, 200);
});

test('a deleted account is gone at once, and its email is free', async (t) => {
  const account = await makeUser();
  const { status, body } = await remove(account);
  t.is(status, 200);
  t.like(body, { success: true, data: null });
  t.is((await call(api, 'GET', '/auth/me', { token: account.token })).status, 401);
  t.is((await logIn(account, password)).status, 401);
  const { email, username } = account;
  const again = await call(api, 'POST', '/auth/register', { json: { email, username, password } });
  t.is(again.status, 201);
  t.not((again.body.data?.['user'] as { id: number }).id, account.id);
});

test('what remains of a deleted account is its id', async (t) => {
  const account = await makeUser();
  await remove(account);
  const [row] = await api.stores.database.query<Record<string, unknown>>('SELECT * FROM users WHERE id = $1', {
    bind: [account.id],
    type: QueryTypes.SELECT,
  });
  t.like(row, { id: account.id, email: null, username: null, site_name: null, password_hash: null });
  t.true(row?.['deleted_at'] instanceof Date);
  t.is(await api.models.Session.count({ where: { userId: account.id } }), 0);
});

test('a hosting is deleted with its account, by an ordinary operation', async (t) => {
  const { database } = api.stores;
  const account = await makeUser();
  await makeHosting(database, account.id);
  const { status, body } = await remove(account);
  t.is(status, 202);
  const { id } = body.data?.['operation'] as { id: string };
  t.like(body.data, { operation: { kind: 'delete', state: 'queued' } });
  t.like(await api.models.Hosting.findByPk(account.id), { status: 'deleting' });
  await endDelete(database, await claim(database, id));
  t.is(await api.models.Hosting.findByPk(account.id), null);
});

test('a process that dies right after the deletion leaves the operation for the workers', async (t) => {
  const { database } = api.stores;
  const account = await makeUser();
  await makeHosting(database, account.id);
  const user = await api.models.User.findByPk(account.id, { rejectOnEmpty: true });
  const operation = await deleteAccount(database, { user, actor: onBehalfOf(user.id), password });
  await endDelete(database, await claim(database, operation?.id ?? ''));
  t.is(await api.models.Hosting.findByPk(account.id), null);
});

test('a deletion that breaks off before its end changes nothing', async (t) => {
  const { database } = api.stores;
  const account = await makeUser();
  await makeHosting(database, account.id);
  // The last that is written fails, as if the process or the connection had died there.
  await database.query(`
    CREATE FUNCTION break_off() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken off'; END $$;
    CREATE TRIGGER break_off BEFORE INSERT ON audit_events FOR EACH ROW
      WHEN (NEW.action = 'delete_account' AND NEW.user_id = ${account.id}) EXECUTE FUNCTION break_off()`);
  t.is((await remove(account)).status, 500);
  await database.query('DROP TRIGGER break_off ON audit_events');
  t.like(await api.models.User.findByPk(account.id), { email: account.email, passwordHash });
  t.like(await api.models.Hosting.findByPk(account.id), { status: 'running' });
  t.is(await api.models.Operation.count({ where: { userId: account.id, kind: 'delete' } }), 0);
  t.is((await call(api, 'GET', '/auth/me', { token: account.token })).status, 200);
});

test('an account whose hosting is busy stays as it is', async (t) => {
  const { database } = api.stores;
  const account = await makeUser();
  await queueCreate(database, account.id);
  const { status, body } = await remove(account);
  t.is(status, 409);
  t.is(body.error?.code, 'HOSTING_BUSY');
  t.is((await call(api, 'GET', '/auth/me', { token: account.token })).status, 200);
  t.like(await api.models.Hosting.findByPk(account.id), { status: 'creating' });
});

test('a create and the deletion of the account at once never leave a hosting without a user', async (t) => {
  const accounts = await Promise.all(Array.from({ length: 8 }, makeUser));
  for (const account of accounts) {
    const { token } = account;
    const create = call(api, 'POST', '/host', { token, headers: respondAsync });
    const [created, removed] = await Promise.all([create, remove(account)]);
    const hostings = await api.models.Hosting.count({ where: { userId: account.id } });
    const outcome = [created.status, removed.status, hostings];
    t.true([[401, 200, 0].join(), [202, 409, 1].join()].includes(outcome.join()), outcome.join());
  }
});

test('a create that was let in before the account was deleted is refused by the rows', async (t) => {
  const account = await makeUser();
  await remove(account);
  await t.throwsAsync(queueCreate(api.stores.database, account.id), { instanceOf: UnauthenticatedError });
});

test('of twelve deletions at once, one is carried out', async (t) => {
  const account = await makeUser();
  await makeHosting(api.stores.database, account.id);
  const answers = await Promise.all(Array.from({ length: 8 }, () => remove(account)));
  t.is(answers.filter(({ status }) => status === 202).length, 1);
  t.true(answers.every(({ status }) => [202, 401, 403].includes(status)));
  t.is(await api.models.Operation.count({ where: { userId: account.id, kind: 'delete' } }), 1);
});

test('a hosting without a user that failed to be deleted is tried again after a while, once', async (t) => {
  const { database } = api.stores;
  const account = await makeUser();
  await makeHosting(database, account.id);
  const { body } = await remove(account);
  const { id } = body.data?.['operation'] as { id: string };
  const error = { code: 'LIBVIRT_UNAVAILABLE', status: 503, message: 'away' };
  await endDelete(database, await claim(database, id), error);
  const deletions = () => api.models.Operation.count({ where: { userId: account.id, kind: 'delete' } });
  await reconcileDeletedAccounts(database);
  t.is(await deletions(), 1);
  await database.query("UPDATE hostings SET updated_at = now() - interval '11 minutes' WHERE user_id = $1", {
    bind: [account.id],
  });
  await Promise.all(Array.from({ length: 4 }, () => reconcileDeletedAccounts(database)));
  t.is(await deletions(), 2);
  t.like(await api.models.Hosting.findByPk(account.id), { status: 'deleting' });
});

test('a failed hosting of a user who is there is left to that user', async (t) => {
  const { database } = api.stores;
  const account = await makeUser();
  await makeHosting(database, account.id);
  await database.query(
    "UPDATE hostings SET status = 'failed', updated_at = now() - interval '11 minutes' WHERE user_id = $1",
    { bind: [account.id] },
  );
  await reconcileDeletedAccounts(database);
  t.is(await api.models.Operation.count({ where: { userId: account.id, kind: 'delete' } }), 0);
});
