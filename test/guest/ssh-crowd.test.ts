// Whether the owner still gets in while others hold connections on which they never log in: the guest's sshd behind the proxy.
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { freePorts, freeRange } from '../../scripts/dev/ports.ts';
import { makeKey, ssh } from '../support/guest/guest.ts';
import { GuestRoot } from '../support/guest/guest-root.ts';
import { gather, greet, hesitate } from '../support/guest/strangers.ts';
import { type TestEdge, startEdge } from '../support/proxy/edge.ts';

let guest: GuestRoot;
let edge: TestEdge;
/** The proxy's for the guest's SSH. */
let port: number;
let key: ReturnType<typeof makeKey>;

test.before(async (t) => {
  t.timeout(600_000);
  const [guestPort = 0, apiPort = 0] = await freePorts(2);
  port = await freeRange(1);
  edge = await startEdge({ apiPort, sites: {}, sshPorts: { first: port } });
  key = makeKey(edge.directory);
  guest = await GuestRoot.make({ told: { sshPublicKeys: [key.publicKey] } });
  edge.setSite(1, { web: apiPort, ssh: { port: guestPort, at: port } });
  await guest.startSshd('-o', 'ListenAddress=127.0.0.1', '-p', String(guestPort));
});
test.after.always(async () => {
  await (guest as GuestRoot | undefined)?.remove();
  await (edge as TestEdge | undefined)?.stop();
});

/** How many are connected and have not logged in. */
const countThere = async () => Number(await guest.root('pgrep --count --full "[s]shd: .*(net|accepted)" || true'));

const crowds = [
  { addresses: 2, each: 45 },
  { addresses: 5, each: 18 },
  { addresses: 10, each: 9 },
];
for (const { addresses, each } of crowds) {
  for (const [what, come] of Object.entries({ greet, hesitate })) {
    test.serial(`the owner gets in, 20 of 20, while ${addresses} × ${each} others ${what}`, async (t) => {
      t.timeout(240_000);
      const strangers = await gather(come, port, addresses, each);
      t.teardown(async () => {
        strangers.forEach((stranger) => stranger.leave());
        // Else those who come next are turned away, as too many.
        while ((await countThere()) > 0) await delay(50);
      });
      t.true(
        (await countThere()) >= 90,
        'they are all there; a slow machine may take longer for the logins than sshd waits for them',
      );
      const logins: string[] = [];
      for (let turn = 0; turn < 20; turn += 1)
        logins.push(await ssh(port, { key: key.file }, 'id -un').catch((error: Error) => error.message));
      t.deepEqual(logins, Array<string>(20).fill('ubuntu\n'));
    });
  }
}
