// Imports point one way: api, stacks, programs, templates.
import { join } from 'node:path';
import test from 'ava';
import { readSources, violations } from './layers.ts';

const sources = readSources(join(import.meta.dirname, '..'));

test('the sources keep to their layers', (t) => {
  t.true(Object.keys(sources).length > 60, 'the sources were found');
  t.deepEqual(violations(sources), []);
});

/** Modules that must not be. */
const planted: Record<string, [path: string, text: string]> = {
  'templates import a program': ['templates/x.ts', `import { hostingNames } from '../programs/names.ts';`],
  'a program imports a stack': ['programs/x.ts', `import { readNode } from '../stacks/node.ts';`],
  'a component imports the api': ['programs/components/x.ts', `export * from '../../api/errors.ts';`],
  'a type crosses upwards': ['programs/x.ts', `import type { Config } from '../api/config/config.ts';`],
  'a stack imports the api': ['stacks/x.ts', `import { readConfig } from '../api/config/config.ts';`],
  'a stack renders': ['stacks/x.ts', `import { render } from '../templates/render.ts';`],
  'the api imports a script': ['api/x.ts', `import { startRedis } from '../scripts/dev/redis.ts';`],
  'the api imports a test': ['api/http/routes/x.ts', `const x = await import('../../../test/support/api/api.ts');`],
  'the api drives the engine': ['api/x.ts', `import { Stack } from '@pulumi/pulumi/automation/index.js';`],
  'a program drives the engine': ['programs/x.ts', `import { LocalWorkspace } from '@pulumi/pulumi/automation';`],
  'a program asks the database': ['programs/x.ts', `import { Sequelize } from 'sequelize';`],
  'a template asks Redis': ['templates/x.ts', `import type { Redis } from 'ioredis';`],
  'a template serves': ['templates/x.ts', `import Router from '@koa/router';`],
  'the API uses the interface': ['api/http/routes/x.ts', `import { Visit } from '../../web/visit.ts';`],
  'the interface is entered elsewhere': ['api/http/app.ts', `import { Visit } from '../web/visit.ts';`],
  'an account serves': ['api/accounts/x.ts', `import { limitOf } from '../http/routes/route.ts';`],
  'an operation asks an account': ['api/operations/x.ts', `import { register } from '../accounts/account.ts';`],
  'a route works': ['api/http/routes/x.ts', `import { createHosting } from '../../jobs/hosting.ts';`],
  'a room imports a process': ['api/health/x.ts', `import { onStopSignal } from '../processes/lifecycle.ts';`],
  'what is outside rooms imports one': ['api/errors.ts', `import { hashPassword } from './accounts/passwords.ts';`],
  'a room is not known': ['api/shed/x.ts', `import { Hosting } from '../models/hosting.ts';`],
  'a route reads the environment': ['api/http/routes/x.ts', `const x = process.env['HOME'];`],
  'a stack reads the environment': ['stacks/x.ts', `const env = { ...process.env, LC_ALL: 'C' };`],
  'a program reads the environment': ['programs/x.ts', `const { HOME } = process.env;`],
  'an operation has SQL': ['api/operations/x.ts', `const rows = await database.query('SELECT 1');`],
  'a job has typed SQL': ['api/jobs/x.ts', `const [row] = await database.query<{ n: number }>(sql, { bind });`],
  'a list has a part of SQL': ['api/admin/x.ts', `import { literal, Op } from 'sequelize';`],
  'an operation makes models': ['api/operations/x.ts', `import { defineHosting } from '../models/hosting.ts';`],
  'a page has a part of SQL': ['api/web/x.ts', `import Sequelize from 'sequelize'; const x = Sequelize.literal('a');`],
  'a stack asks libvirt': ['stacks/x.ts', `import { virsh } from './libvirt/virsh.ts';`],
  'a stack has an address of libvirt': ['stacks/x.ts', `export interface X { libvirtUri: string }`],
  'a stack runs virsh': ['stacks/x.ts', `const list = await runCommand(['virsh', 'list'], { timeout });`],
  'a program has a domain': ['programs/x.ts', `import * as x from '@pulumi/libvirt';`],
  'a program has what is libvirt’s': ['programs/x.ts', `import { Vm } from './libvirt/vm.ts';`],
  'a job asks libvirt': ['api/jobs/x.ts', `import { machineUsage } from '../../stacks/libvirt/machine-usage.ts';`],
  'a job has what is of one kind of place': [
    'api/jobs/x.ts',
    `import type { Vm } from '../../programs/libvirt/vm.ts';`,
  ],
  'a program reads it by another name': ['programs/x.ts', `import { env } from 'node:process';`],
};
for (const [what, [path, text]] of Object.entries(planted)) {
  test(`it is noticed when ${what}`, (t) => {
    const found = violations({ [path]: text });
    t.is(found.length, 1);
    t.true(found[0]?.startsWith(path));
  });
}

test('it is noticed when modules import one another', (t) => {
  const cycle = {
    'api/x.ts': `import { y } from './y.ts'; export const x = y;`,
    'api/y.ts': `import './z.ts'; export const y = 1;`,
    'api/z.ts': `export { x } from './x.ts';`,
  };
  t.deepEqual(violations(cycle), ['cycle: api/x.ts > api/y.ts > api/z.ts > api/x.ts']);
});

test('what is allowed is let through', (t) => {
  const fine = {
    'api/x.ts': `import { placeOf } from '../stacks/places.ts'; import { render } from '../templates/render.ts'; import Koa from 'koa';`,
    'api/http/app.ts': `import { createInterface } from '../web/interface.ts';`,
    'api/jobs/x.ts': `import type { AppContext } from '../http/context.ts'; import { audit } from '../audit.ts';`,
    'api/web/x.ts': `import { Visit } from './visit.ts'; import { renderWeb } from '../../templates/web.ts';`,
    'stacks/x.ts': `import { Stack } from '@pulumi/pulumi/automation/index.js'; import { hostingNames } from '../programs/names.ts';`,
    'programs/libvirt/x.ts': `import { render } from '../../templates/libvirt.ts'; import * as libvirt from '@pulumi/libvirt';`,
    'stacks/libvirt/x.ts': `export const list = (libvirtUri: string) => virsh(libvirtUri, 'list');`,
    'stacks/y.ts': `/** As libvirt does. */ export const y = 1; // virsh tells`,
    'api/processes/x.ts': `import { upNode } from '../../stacks/libvirt/node.ts';`,
    'programs/y.ts': `import type { Z } from './z.ts'; export const y = 1;`,
    'programs/z.ts': `import { y } from './y.ts'; export type Z = typeof y;`,
  };
  t.deepEqual(violations(fine), []);
});
