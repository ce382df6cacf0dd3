import { hashPassword } from '../../api/accounts/passwords.ts';
import type { TestApi } from '../support/api/api.ts';
import { makeAccount } from '../support/api/calls.ts';
import { queueCreate } from '../support/api/operations.ts';

/** Who asks in the run of an operator (test/fuzz/operator_hooks.py), and whom it is done to. */
export interface FuzzOperator {
  /** Ids of users. */
  operator: number;
  user: number;
  token: string;
  /** What no answer may tell, each after what it is. */
  secrets: [what: string, secret: string][];
}

/** Makes an operator, and a user with a hosting. */
export async function makeFuzzOperator(api: TestApi): Promise<FuzzOperator> {
  const account = async (password: string) => makeAccount(api, await hashPassword(password));
  const [operator, user] = await Promise.all([account('of the operator'), account('of the user')]);
  await api.models.User.update({ role: 'operator' }, { where: { id: operator.id } });
  await makeHosting(api, user.id);
  await api.models.Hosting.update({ sshPasswordHash: '$6$salt$of-the-user' }, { where: { userId: user.id } });
  const { token } = operator;
  const given = [operator, user].flatMap((one) => [one.token, one.refreshToken]);
  const secrets = [...given.map((secret) => ['token', secret] as [string, string]), ...(await storedSecrets(api))];
  return { operator: operator.id, user: user.id, token, secrets };
}

/** By the target's own worker (test/support/api/fuzz-target.ts), which has some operations fail. */
async function makeHosting(api: TestApi, userId: number): Promise<void> {
  const { models, services } = api;
  const { id } = await queueCreate(services.database, userId);
  await services.progress.ended(id, AbortSignal.timeout(30_000));
  if ((await models.Operation.findByPk(id))?.state !== 'succeeded') await makeHosting(api, userId);
}

/** Those of whom lists show first when asked for the oldest (test/fuzz/operator_hooks.py), and of the youngest sessions. */
async function storedSecrets({ models }: TestApi): Promise<[string, string][]> {
  const limit = 50;
  const [users, hostings, sessions] = await Promise.all([
    models.User.findAll({ order: [['id', 'ASC']], limit }),
    models.Hosting.findAll({ order: [['userId', 'ASC']], limit }),
    models.Session.findAll({ order: [['createdAt', 'DESC']], limit }),
  ]);
  const stored: [string, string | null][] = [
    ...users.map(({ passwordHash }): [string, string] => ['passwordHash', passwordHash]),
    ...hostings.map(({ randomSeed }): [string, string] => ['randomSeed', randomSeed]),
    ...hostings.map(({ sshPasswordHash }): [string, string | null] => ['sshPasswordHash', sshPasswordHash]),
    ...hostings.map(({ instanceId }): [string, string] => ['instanceId', instanceId]),
    ...sessions.map(({ id }): [string, string] => ['session', id]),
    ...sessions.map(({ refreshHash }): [string, string] => ['refreshHash', refreshHash]),
  ];
  return stored.filter((one): one is [string, string] => one[1] !== null);
}
