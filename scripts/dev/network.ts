import { networkInterfaces } from 'node:os';
import { randomInt } from 'node:crypto';

/** An IPv4 network of 253 VMs that no interface of this machine is in. */
export function freeNetwork(): string {
  const taken = Object.values(networkInterfaces()).flatMap(
    (addresses) => addresses?.map(({ address }) => address) ?? [],
  );
  for (;;) {
    const prefix = `10.${randomInt(100, 250)}.${randomInt(0, 256)}.`;
    if (!taken.some((address) => address.startsWith(prefix))) return `${prefix}0/24`;
  }
}
