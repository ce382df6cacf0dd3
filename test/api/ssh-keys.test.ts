// Which public keys a hosting is created with, and which are refused. The keys are ssh-keygen's own.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { sshPublicKey } from '../../api/http/schemas/ssh-key.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { makeAccount } from '../support/api/calls.ts';
import { assertRefused } from '../support/api/refusal.ts';
import { run } from '../support/run.ts';

interface KeyPair {
  publicKey: string;
  privateKey: string;
}

async function makeKey(type: string, bits?: number): Promise<KeyPair> {
  const directory = await mkdtemp(join(tmpdir(), 'webhoster-key-'));
  try {
    const file = join(directory, 'key');
    await run('ssh-keygen', [
      '-q',
      '-t',
      type,
      ...(bits ? ['-b', String(bits)] : []),
      '-N',
      '',
      '-C',
      'me@laptop',
      '-f',
      file,
    ]);
    return { publicKey: await readFile(`${file}.pub`, 'utf8'), privateKey: await readFile(file, 'utf8') };
  } finally {
    await rm(directory, { recursive: true });
  }
}

let api: TestApi;
let token: string;
let key: KeyPair;
let line: string;

test.before(async () => {
  api = await startApi();
  ({ token } = await makeAccount(api));
  key = await makeKey('ed25519');
  line = key.publicKey.trim();
});
test.after.always(() => api.stop());

for (const [type, bits] of [
  ['ed25519', undefined],
  ['ecdsa', 256],
  ['ecdsa', 384],
  ['ecdsa', 521],
  ['rsa', 3072],
] as const) {
  test(`a key of type ${type} ${bits ?? ''} is taken, without the white space around it`, async (t) => {
    const { publicKey } = await makeKey(type, bits);
    t.is(sshPublicKey.parse(publicKey), publicKey.trim());
    const [name, blob] = publicKey.split(' ');
    t.is(sshPublicKey.parse(`${name}\t ${blob}`), `${name} ${blob}`);
  });
}

const lists: Record<string, () => string[]> = {
  'an empty string': () => [''],
  words: () => ['this is no key'],
  'a type alone': () => ['ssh-ed25519'],
  'a type and a word': () => ['ssh-ed25519 AAAA me@laptop'],
  'half a key': () => [line.slice(0, 60)],
  'a key with another type before it': () => [line.replace('ssh-ed25519', 'ssh-rsa')],
  'a command before the key': () => [`command="rm -rf /" ${line}`],
  'an option before the key': () => [`no-pty ${line}`],
  'an environment before the key': () => [`environment="LD_PRELOAD=/tmp/x" ${line}`],
  'two lines': () => [`${line}\n${line}`],
  'a carriage return': () => [`${line}\rcommand="x" ${line}`],
  NUL: () => [`${line}\u0000more`],
  'half of a surrogate pair': () => [`${line} \ud800`],
  'a comment': () => [`# ${line}`],
  'a key of more than 8192 characters': () => [`${line} ${'x'.repeat(8192)}`],
  '21 keys': () => Array<string>(21).fill(line),
  'a good key beside a bad one': () => [line, 'ssh-ed25519 AAAA'],
  'a DSA key': () => ['ssh-dss AAAAB3NzaC1kc3MAAACBAP'],
  'a certificate': () => [line.replace('ssh-ed25519', 'ssh-ed25519-cert-v01@openssh.com')],
};
for (const [what, keys] of Object.entries(lists)) {
  test(`refused: ${what}`, async (t) => {
    const request = { method: 'POST', path: '/host', token, json: { ssh_public_keys: keys() } };
    const { body } = await assertRefused(t, api, request, { status: 422, code: 'VALIDATION_FAILED' });
    const [issue] = body.error?.details as { path: string; message: string }[];
    t.regex(issue?.path ?? '', /^body\.ssh_public_keys/);
    t.regex(issue?.message ?? '', /\w{2,} \w+/);
  });
}

test('refused: a private key, which is then nowhere', async (t) => {
  const secrets = key.privateKey.split('\n').filter((text) => text.length > 40);
  t.true(secrets.length > 2);
  for (const text of [key.privateKey, key.privateKey.replaceAll('\n', ' ')]) {
    const request = { method: 'POST', path: '/host', token, json: { ssh_public_keys: [text] }, secrets };
    await assertRefused(t, api, request, { status: 422, code: 'VALIDATION_FAILED' });
  }
});

for (const bits of [1024, 2048, 3070]) {
  test(`refused: an RSA key of ${bits} bits, with what it needs`, async (t) => {
    const { publicKey } = await makeKey('rsa', bits);
    const request = { method: 'POST', path: '/host', token, json: { ssh_public_keys: [publicKey] } };
    const { text } = await assertRefused(t, api, request, { status: 422, code: 'VALIDATION_FAILED' });
    t.true(text.includes('at least 3072 bits'));
  });
}
