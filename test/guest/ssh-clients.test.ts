// That people's SSH clients reach a guest: each program and library for itself, on the guest's own sshd.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { freePorts } from '../../scripts/dev/ports.ts';
import { makeKey } from '../support/guest/guest.ts';
import { GuestRoot } from '../support/guest/guest-root.ts';
import { run } from '../support/run.ts';
import { clients, type Errand } from './clients.ts';

const password = 'open-this-account';
let guest: GuestRoot;
let directory: string;
let place: Pick<Errand, 'port' | 'key' | 'fingerprint' | 'password'>;

test.before(async (t) => {
  t.timeout(600_000);
  directory = mkdtempSync(join(tmpdir(), 'webhoster-ssh-'));
  const { file: key, publicKey } = makeKey(directory);
  const { stdout: hash } = await run('openssl', ['passwd', '-6', password]);
  guest = await GuestRoot.make({ told: { sshPublicKeys: [publicKey], passwordHash: hash.trim() } });
  const [port = 0] = await freePorts(1);
  await guest.startSshd('-o', 'ListenAddress=127.0.0.1', '-p', String(port));
  const shown = await guest.root('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub');
  const [fingerprint = ''] = /SHA256:\S+/.exec(shown) ?? [];
  place = { port, key, fingerprint, password };
});
test.after.always(async () => {
  await (guest as GuestRoot | undefined)?.remove();
  rmSync(directory, { recursive: true, force: true });
});

for (const [name, reach] of Object.entries(clients)) {
  test.serial(`${name} reaches the guest`, async (t) => {
    t.timeout(300_000);
    const own = mkdtempSync(join(directory, 'client-'));
    const file = join(own, 'page.html');
    writeFileSync(file, `${name}\n`);
    const target = `/var/www/html/${own.slice(-6)}.html`;
    await reach({ ...place, directory: own, file, target });
    t.is(await guest.root(`cat ${target} && stat --format %U ${target}`), `${name}\nubuntu\n`);
  });
}
