// What schemathesis makes of the OpenAPI document, asked by one user beside another (hooks.py): every answer is one that
// the document has, none is an unexplained 5xx, and neither user sees or changes what the other has. What only operators may
// ask for is asked by one of them too (operator_hooks.py).
import anyTest, { type TestFn } from 'ava';
import { listHostings } from '../../api/admin/lists.ts';
import { NotFoundError } from '../../api/errors.ts';
import type { UserRole } from '../../api/models/user.ts';
import { presentKnownUser, presentListedHosting } from '../../api/http/presenters/admin.ts';
import { presentSshKey } from '../../api/http/presenters/ssh-key.ts';
import { routes } from '../../api/http/router.ts';
import { apiPrefix } from '../../api/protocol.ts';
import { present } from '../../api/http/routes/operation-answers.ts';
import { answer, type Route } from '../../api/http/routes/route.ts';
import { fuzz, type FuzzOptions, type FuzzResult, installSchemathesis } from './fuzz.ts';
import { lowLimits, noLimits, startFuzzTarget } from '../support/api/fuzz-target.ts';

const test = anyTest as TestFn<{ program: string }>;

test.serial.before(async (t) => {
  t.timeout(300_000);
  t.context.program = await installSchemathesis();
});

async function fuzzTarget(program: string, variables: NodeJS.ProcessEnv, options: FuzzOptions) {
  const api = await startFuzzTarget(variables);
  try {
    return { ...(await fuzz(program, api, options)), answers: answersIn(api.log()) };
  } finally {
    await api.stop();
  }
}

/** The status of each answer that the api logged. */
function answersIn(log: string): number[] {
  const lines = log.split('\n').filter((line) => line.includes('"msg":"answered"'));
  return lines.map((line) => (JSON.parse(line) as { status: number }).status);
}

/** Calls as the report names them. */
const labels = routes.map(
  ({ method, path }) => `${method.toUpperCase()} ${apiPrefix}${path.replace(/:(\w+)/g, '{$1}')}`,
);

const reachedBy = { users: [] as string[], operator: [] as string[] };

test.serial('the API keeps to its document and keeps users apart', async (t) => {
  t.timeout(600_000);
  const options = { examples: 12, seed: 1, timeout: 580_000 };
  const { failures, cases, reached, answers, output } = await fuzzTarget(t.context.program, noLimits, options);
  t.deepEqual(failures, [], output);
  t.true(cases > 400, `${cases} cases`);
  t.true(answers.length > cases, 'the api answered them');
  reachedBy.users = reached;
});

test.serial('so it does for an operator, who is told no secrets', async (t) => {
  t.timeout(300_000);
  const options = { as: 'operator' as const, examples: 12, seed: 4, timeout: 280_000 };
  const { failures, cases, reached, output } = await fuzzTarget(t.context.program, noLimits, options);
  t.deepEqual(failures, [], output);
  t.true(cases > 200, `${cases} cases`);
  reachedBy.operator = reached;
});

test.serial('every call succeeded for who may call it', (t) => {
  // This target has no VMs, so health in detail is a 503.
  const expected = labels.filter((label) => !label.endsWith('/health/detailed'));
  const forOperators = (label: string) => label.includes('/admin/');
  const reached = [...reachedBy.users.filter((label) => !forOperators(label)), ...reachedBy.operator];
  t.deepEqual(
    expected.filter((label) => !reached.includes(label)),
    [],
    'calls that never succeeded',
  );
  t.deepEqual(reachedBy.users.filter(forOperators), [], 'calls of operators that succeeded for users');
});

test.serial('so it does when limits are reached', async (t) => {
  t.timeout(300_000);
  const options = { examples: 10, seed: 2, timeout: 280_000 };
  const { failures, cases, answers, output } = await fuzzTarget(t.context.program, lowLimits, options);
  t.deepEqual(failures, [], output);
  t.true(cases > 300, `${cases} cases`);
  t.true(answers.filter((status) => status === 429).length > 20);
});

interface Fault extends Partial<Route> {
  method: Route['method'];
  path: string;
  /** Who finds it; otherwise users. */
  as?: 'operator';
  /** What has to be found. */
  title: string;
}

/** Faults that the API must not have: what replaces parts of a call's own declaration. */
const faults: Record<string, Fault> = {
  'an operation shown to whoever asks': {
    method: 'get',
    path: '/operations/:id',
    handle: async ({ ctx, services, parameters }) => {
      const { id } = parameters as { id: string };
      const operation = await services.database.models.Operation.findByPk(id, { rejectOnEmpty: true });
      answer(ctx, 200, 'operationShown', { operation: await present(services.database, operation) });
    },
    title: 'Custom check failed: `nothing_between_users`',
  },
  'a log-out that ends the sessions of everybody': {
    method: 'post',
    path: '/auth/logout',
    handle: async ({ ctx, services }) => {
      await services.database.models.Session.destroy({ truncate: true, cascade: true });
      answer(ctx, 200, 'loggedOut', null);
    },
    title: 'Custom check failed: `nothing_between_users`',
  },
  'a removal that takes the key of anybody': {
    method: 'delete',
    path: '/host/my/ssh-keys/:id',
    handle: async ({ ctx, services, parameters }) => {
      const key = await services.database.models.SshKey.findByPk((parameters as { id: string }).id);
      if (!key) throw new NotFoundError('KEY_NOT_FOUND');
      await key.destroy();
      answer(ctx, 200, 'keyRemoved', { ssh_key: presentSshKey(key), operation: null });
    },
    title: 'Custom check failed: `nothing_between_users`',
  },
  'an answer without what its schema requires': {
    method: 'get',
    path: '/auth/me',
    handle: ({ ctx, user }) => Promise.resolve(answer(ctx, 200, 'me', { user: { id: user.id, email: user.email } })),
    title: 'Response violates schema',
  },
  'a list of operators that is shown to users': {
    method: 'get',
    path: '/admin/operations',
    access: 'user',
    title: 'Custom check failed: `nothing_for_users`',
  },
  'a list of operators that tells how to get into machines': {
    method: 'get',
    path: '/admin/hostings',
    as: 'operator',
    handle: async ({ ctx, services }) => {
      const { hostings, ...page } = await listHostings(services.database, { page: 1, sort: 'oldest' });
      const listed = hostings.map((one) => ({
        ...presentListedHosting(one, { publicUrl: services.config.PUBLIC_URL, machines: new Map() }),
        random_seed: one.hosting.randomSeed,
      }));
      answer(ctx, 200, 'hostingsShown', { hostings: listed, ...page });
    },
    title: 'Custom check failed: `no_secrets`',
  },
  'an operator who loses the role': {
    method: 'post',
    path: '/admin/users/:id/role',
    as: 'operator',
    handle: async ({ ctx, services, parameters, body }) => {
      const user = await services.database.models.User.findByPk((parameters as { id: number }).id);
      if (!user) throw new NotFoundError('USER_NOT_FOUND');
      await user.update(body as { role: UserRole });
      answer(ctx, 200, 'roleSet', { user: presentKnownUser(user) });
    },
    title: 'Custom check failed: `stays_operator`',
  },
};
for (const [what, { method, path, as, title, ...parts }] of Object.entries(faults)) {
  test.serial(`it finds ${what}`, async (t) => {
    t.timeout(120_000);
    const route = routes.find((one) => one.path === path && one.method === method) as Route;
    const own = { ...route };
    Object.assign(route, parts);
    let result: FuzzResult;
    try {
      const [label = ''] = labels.filter((_, index) => routes[index] === route);
      result = await fuzzTarget(t.context.program, noLimits, {
        examples: 10,
        seed: 3,
        path: label.split(' ')[1] ?? '',
        timeout: 100_000,
        ...(as && { as }),
      });
    } finally {
      Object.assign(route, own);
    }
    t.true(
      result.failures.some((failure) => failure.title === title),
      JSON.stringify(result.failures),
    );
  });
}
