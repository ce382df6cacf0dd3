// What schemathesis makes of the OpenAPI document, asked by one user beside another (hooks.py): every answer is one that
// the document has, none is an unexplained 5xx, and neither user sees or changes what the other has.
import anyTest, { type TestFn } from 'ava';
import { Operation } from '../../api/models/operation.ts';
import { Session } from '../../api/models/session.ts';
import { apiPrefix, routes } from '../../api/router.ts';
import { present } from '../../api/routes/carry-out.ts';
import { answer, type Route } from '../../api/routes/route.ts';
import { fuzz, type FuzzOptions, type FuzzResult, installSchemathesis } from '../support/fuzz.ts';
import { lowLimits, noLimits, startFuzzTarget } from '../support/fuzz-target.ts';

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

test.serial('the API keeps to its document and keeps users apart', async (t) => {
  t.timeout(300_000);
  const options = { examples: 12, seed: 1, timeout: 280_000 };
  const { failures, cases, reached, answers, output } = await fuzzTarget(t.context.program, noLimits, options);
  t.deepEqual(failures, [], output);
  t.true(cases > 400, `${cases} cases`);
  t.true(answers.length > cases, 'the api answered them');
  // This target has no VMs, so health in detail is a 503.
  const expected = labels.filter((label) => !label.endsWith('/health/detailed'));
  t.deepEqual(
    expected.filter((label) => !reached.includes(label)),
    [],
    'calls that never succeeded',
  );
});

test.serial('so it does when limits are reached', async (t) => {
  t.timeout(180_000);
  const options = { examples: 10, seed: 2, timeout: 160_000 };
  const { failures, cases, answers, output } = await fuzzTarget(t.context.program, lowLimits, options);
  t.deepEqual(failures, [], output);
  t.true(cases > 300, `${cases} cases`);
  t.true(answers.filter((status) => status === 429).length > 20);
});

/** Faults that the API must not have: a handler in place of a call's own, and what has to be found. */
const faults: Record<string, Pick<Route, 'method' | 'path' | 'handle'> & { title: string }> = {
  'an operation shown to whoever asks': {
    method: 'get',
    path: '/operations/:id',
    handle: async ({ ctx, services, parameters }) => {
      const { id } = parameters as { id: string };
      const operation = await Operation.findByPk(id, { rejectOnEmpty: true });
      answer(ctx, 200, 'operationShown', { operation: await present(services.database, operation) });
    },
    title: 'Custom check failed: `nothing_between_users`',
  },
  'a log-out that ends the sessions of everybody': {
    method: 'post',
    path: '/auth/logout',
    handle: async ({ ctx }) => {
      await Session.destroy({ truncate: true, cascade: true });
      answer(ctx, 200, 'loggedOut', null);
    },
    title: 'Custom check failed: `nothing_between_users`',
  },
  'an answer without what its schema requires': {
    method: 'get',
    path: '/auth/me',
    handle: ({ ctx, user }) => Promise.resolve(answer(ctx, 200, 'me', { user: { id: user.id, email: user.email } })),
    title: 'Response violates schema',
  },
};
for (const [what, { method, path, handle, title }] of Object.entries(faults)) {
  test.serial(`it finds ${what}`, async (t) => {
    t.timeout(120_000);
    const route = routes.find((one) => one.path === path && one.method === method) as Route;
    const own = route.handle;
    route.handle = handle;
    let result: FuzzResult;
    try {
      const [label = ''] = labels.filter((_, index) => routes[index] === route);
      result = await fuzzTarget(t.context.program, noLimits, {
        examples: 10,
        seed: 3,
        path: label.split(' ')[1] ?? '',
        timeout: 100_000,
      });
    } finally {
      route.handle = own;
    }
    t.true(
      result.failures.some((failure) => failure.title === title),
      JSON.stringify(result.failures),
    );
  });
}
