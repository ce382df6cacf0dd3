// What is changed at once waits for its turn, and never in a circle.
import test from 'ava';
import { changeNames } from '../../api/accounts/account.ts';
import { setRole } from '../../api/accounts/administration.ts';
import { systemActor, onBehalfOf } from '../../api/audit.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { makeAccount } from '../support/api/calls.ts';
import { queueCreate } from '../support/api/operations.ts';

let api: TestApi;
test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());

test('a new role, new names and a create of one user at the same moment', async (t) => {
  t.timeout(60_000);
  const { database } = api.stores;
  for (let round = 0; round < 15; round += 1) {
    const { id } = await makeAccount(api);
    const user = await api.models.User.findByPk(id, { rejectOnEmpty: true });
    await t.notThrowsAsync(
      Promise.all([
        setRole(database, { userId: id, role: 'operator', actor: systemActor }),
        changeNames(database, { user, actor: onBehalfOf(id), siteName: `round-${round}-x` }),
        queueCreate(database, id),
      ]),
    );
  }
});
