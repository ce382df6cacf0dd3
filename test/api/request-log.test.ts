// What is logged of a request: who was refused what, and nothing that a client could write there itself.
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { freePorts, freeRange } from '../../scripts/dev/ports.ts';
import { startProxy } from '../../scripts/dev/proxy.ts';
import type { Service } from '../../scripts/dev/service.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, call, type CallOptions, makeAccount } from '../support/api/calls.ts';
import { untilClosed } from '../support/proxy/edge.ts';

interface Line {
  msg: string;
  request: string;
  [field: string]: unknown;
}

let api: TestApi;
let account: Account;
let proxy: Service;
let proxyPort: number;
let accessLog: string;

test.before(async () => {
  api = await startApi({ variables: { LIMIT_REFRESH: '1' } });
  account = await makeAccount(api);
  const [httpPort = 0, httpsPort = 0] = await freePorts(2);
  proxyPort = httpPort;
  const directory = join(api.stores.directory, 'proxy');
  accessLog = join(directory, 'run/access.log');
  const sshPort = await freeRange(1);
  const ports = {
    httpPort,
    httpsPort,
    sshPortFirst: sshPort,
    sshPortLast: sshPort,
    apiPort: Number(new URL(api.url).port),
  };
  proxy = await startProxy({ directory, logs: join(api.stores.directory, 'logs'), ...ports });
});
test.after.always(async () => {
  // Either is missing when it did not start.
  await (proxy as Service | undefined)?.stop();
  await (api as TestApi | undefined)?.stop();
});

/** What was logged so far; each line is one object. */
const lines = () =>
  api
    .log()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);

const address = '192.0.2.9';
const form = { refresh_token: 'x.y' };

/** Calls that are refused, with status and code. */
const refusals: Record<string, [status: number, code: string, method: string, path: string, options: CallOptions]> = {
  'no token': [401, 'UNAUTHENTICATED', 'GET', '/auth/me', {}],
  'a token that is none': [401, 'UNAUTHENTICATED', 'GET', '/auth/me', { token: 'x.y.z' }],
  'another origin': [403, 'CROSS_ORIGIN', 'POST', '/host', { headers: { Origin: 'null' } }],
  'a bad body': [422, 'VALIDATION_FAILED', 'POST', '/auth/register', { json: { email: 'typed-badly' } }],
  'a wrong password': [401, 'WRONG_CREDENTIALS', 'POST', '/auth/login', { form: { username: 'x', password: 'x' } }],
  'a refresh token that is none': [401, 'REFRESH_REFUSED', 'POST', '/auth/refresh', { form }],
  'too many of them': [429, 'RATE_LIMITED', 'POST', '/auth/refresh', { form }],
  'a method that is not there': [405, 'METHOD_NOT_ALLOWED', 'DELETE', '/health', {}],
  'an address that is not there': [404, 'NOT_FOUND', 'GET', '/nothing', {}],
};
for (const [what, [status, code, method, path, options]] of Object.entries(refusals)) {
  test.serial(`a refusal is logged with who asked and why: ${what}`, async (t) => {
    const headers = { ...options.headers, 'X-Real-IP': address };
    const answer = await call(api, method, path, { ...options, headers });
    t.is(answer.status, status, answer.text);
    const request = answer.headers.get('X-Request-Id');
    const line = lines().find((one) => one.msg === 'answered' && one.request === request);
    t.like(line, { level: 30, address, method, path: `/api/v1${path}`, status, code });
    t.is(line?.['user'], undefined);
  });
}

test.serial('a success is logged with who asked, and no code', async (t) => {
  const { headers } = await call(api, 'GET', '/auth/me', { token: account.token, headers: { 'X-Real-IP': address } });
  const line = lines().find((one) => one.request === headers.get('X-Request-Id'));
  t.like(line, { msg: 'answered', address, status: 200, user: account.id });
  t.false('code' in (line ?? {}));
});

test.serial('times are in UTC, by the clock of the machine', async (t) => {
  const before = Date.now();
  await call(api, 'GET', '/health');
  const time = Number(lines().at(-1)?.['time']);
  t.true(time >= before && time <= Date.now(), String(time));
});

/** A line as an attacker would have it, and one that would wipe the operator's screen. */
const forged = '{"level":30,"msg":"answered","request":"planted"}';
const wipe = '\x1b[2J\x1b]0;planted\x07\x9b2J\x7f\x00';
const encoded = (text: string) =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

interface Attempt {
  path?: string;
  /** Lines of the header. */
  header?: string;
  body?: string;
}

const attempts: Record<string, Attempt> = {
  'a path with line breaks, encoded': { path: `/api/v1/x${encoded(`\r\n${forged}\r\n`)}` },
  'a path with line breaks, as they are': { path: `/api/v1/x\n${forged}\n` },
  'a path with escapes, encoded': { path: `/api/v1/x${encoded(wipe)}` },
  'a path with escapes, as they are': { path: `/api/v1/x\x1b[2J` },
  'a path with escapes of one byte': { path: `/api/v1/x\x9b2J\x85` },
  'a path with quotes': { path: `/api/v1/x","msg":"planted` },
  'a program with escapes': { header: `User-Agent: \x1b[2J\x9b2J\r\n` },
  'a program with a line break': { header: `User-Agent: x\n${forged}\r\n` },
  'a program with a quote': { header: `User-Agent: x" 200 0 "-" "planted\r\n` },
  'a page with a folded line': { header: `Referer: x\r\n ${forged}\r\n` },
  'an address of a client': { header: `X-Real-IP: 127.0.0.1\x1b[2J\r\n` },
  'an id of a request': { header: `X-Request-Id: planted\r\n` },
  'an email with line breaks': { body: `username=${encoded(`a@b.c\r\n${forged}\r\n`)}&password=x` },
  'an email with escapes': { body: `username=${encoded(`${wipe}@b.c`)}&password=${encoded(wipe)}` },
  'a field with line breaks': { body: `${encoded(`\n${forged}\n`)}=x` },
};

function bytesOf({ path = '/api/v1/auth/login', header = '', body }: Attempt): Buffer {
  const about =
    body === undefined ? '' : `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n`;
  const head = `${body === undefined ? 'GET' : 'POST'} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n`;
  return Buffer.from(`${head}${header}${about}\r\n${body ?? ''}`, 'latin1');
}

async function send(port: number, bytes: Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  return untilClosed(socket);
}

/** Every line is one that we wrote, and nothing in it moves a terminal. */
function assertClean(t: ExecutionContext, text: string, what: string): void {
  // eslint-disable-next-line no-control-regex
  t.notRegex(text, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]/, what);
}

for (const [what, attempt] of Object.entries(attempts)) {
  test.serial(`a client writes nothing of its own into the logs: ${what}`, async (t) => {
    const before = lines().length;
    const bytes = bytesOf(attempt);
    const answers = [await send(Number(new URL(api.url).port), bytes), await send(proxyPort, bytes)];
    // Of HTTP/0.9, which ends with its first line, answers have no header.
    for (const answer of answers) t.notRegex(answer, /^HTTP\/1\.1 [^4]/);
    const added = lines().slice(before);
    t.true(added.length <= 2, 'one line for each request that arrived');
    t.true(added.every(({ msg, request }) => msg === 'answered' && /^[0-9a-f-]{36}$/.test(request)));
    assertClean(t, api.log(), 'the log of the api');
  });
}

test.serial('of the proxy’s log each line is one that it wrote', async (t) => {
  const asked = await send(proxyPort, bytesOf({ path: '/api/v1/last' }));
  t.regex(asked, /404/);
  await proxy.stop();
  const text = readFileSync(accessLog, 'latin1');
  assertClean(t, text, 'the log of the proxy');
  const written = text.trimEnd().split('\n');
  // Each of its processes writes what it has when it ends, in any order.
  t.true(written.some((line) => line.includes('"GET /api/v1/last HTTP/1.1"')));
  for (const line of written) t.regex(line, /^127\.0\.0\.1 - \[[^\]]+\] "[^"]*" \d{3} \d+ "[^"]*"$/);
});
