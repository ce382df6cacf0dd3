// What an installation makes of those who come through a load balancer.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import type { Pebble } from '../support/acme/pebble.ts';
import type { TestUser } from '../support/installation/user.ts';
import { run } from '../support/run.ts';
import { hostOf } from './certified.ts';
import type { Checkout } from './checkout.ts';
import { askAs, type Front } from './front.ts';
import { query } from './settings.ts';

interface Place {
  checkout: Checkout;
  front: Front;
  user: TestUser;
  authority: Pebble;
}

/** Clients at addresses of their own. */
const clients = { passed: '127.0.0.4', ended: '127.0.0.3' };

/** From where somebody logged in last, as it was written down. */
const latestLogIn = (checkout: Checkout) =>
  query(checkout, `SELECT client_address FROM audit_events WHERE action = 'login' ORDER BY id DESC LIMIT 1`);

/** It passes on what is encrypted, and tells by the PROXY protocol who came. */
export async function assertPassed(t: ExecutionContext, { checkout, front, user, authority }: Place): Promise<void> {
  const { email: username, password } = user.account;
  const ca = readFileSync(join(checkout.environment['WEBHOSTER_DATA_DIR'] ?? '', 'tls/edge.pem'), 'utf8');
  const form = { username, password };
  const loggedIn = await askAs(clients.passed, front.passing, '/api/v1/auth/login', { ca, method: 'POST', form });
  t.is(loggedIn.status, 200);
  t.is(await latestLogIn(checkout), clients.passed);
  const site = { host: hostOf(user), ca: await authority.issuer() };
  t.is((await askAs(clients.passed, front.passing, '/', site)).text, 'mine\n', 'the site, by its own certificate');
}

/** It ends the encryption, and tells by headers who came, and how. In the end the user's hosting is deleted through it. */
export async function assertEnded(t: ExecutionContext, { checkout, front, user }: Place): Promise<void> {
  const { ca, ending } = front;
  const ask = (path: string, options = {}) => askAs(clients.ended, ending, path, { ca, ...options });
  t.is((await ask('/')).status, 200, 'it is not sent on in circles');
  const inClear = await fetch(checkout.url, { redirect: 'manual', signal: AbortSignal.timeout(10_000) });
  t.is(inClear.headers.get('location'), `https://localhost:${ending}/`);
  const headers = { Origin: `https://localhost:${ending}` };
  const loggedIn = await ask('/login', { method: 'POST', headers, form: user.account });
  t.is(loggedIn.status, 303);
  t.regex(loggedIn.headers['set-cookie']?.join('\n') ?? '', /^__Host-webhoster-session=.*; Secure$/m);
  t.is(await latestLogIn(checkout), clients.ended);
  const below = await ask(`/${user.userId}/a%2Fb?c`);
  t.is(below.headers.location, `https://${hostOf(user)}:${ending}/a%2Fb?c`, 'from the path to the host');
  const { email: username, password } = user.account;
  const { text } = await ask('/api/v1/auth/login', { method: 'POST', form: { username, password } });
  const { access_token: token } = JSON.parse(text) as { access_token: string };
  const authorized = { Authorization: `Bearer ${token}` };
  t.is((await ask('/api/v1/host/my', { method: 'DELETE', headers: authorized })).status, 200);
  const readLog = async () => (await run('docker', ['logs', `${checkout.project}_proxy_1`])).stdout;
  // Each worker of nginx keeps its lines for some seconds.
  const awaited = ['GET /', 'DELETE /api/v1/host/my'].map((what) => new RegExp(`^${clients.ended} - .*"${what} `, 'm'));
  let log = await readLog();
  for (; !awaited.every((line) => line.test(log)); log = await readLog()) await delay(500);
  t.notRegex(log, /203\.0\.113\.66/);
}
