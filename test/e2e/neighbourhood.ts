import { run } from '../support/run.ts';

export interface Neighbourhood {
  /** This machine's end of the cable to it. */
  networkInterface: string;
  /** Addresses of the other end. */
  addresses: string[];
  remove: () => Promise<void>;
}

const ip = (...args: string[]) => run('ip', args, { timeout: 10_000 });

/**
 * Another machine beside this one: a network namespace of its own, on a cable. It has each of the addresses, in a /24 of
 * which this machine has the first.
 * @param name at most 11 characters
 */
export async function makeNeighbourhood(name: string, addresses: string[]): Promise<Neighbourhood> {
  const [here, there] = [`${name}-h`, `${name}-t`];
  const remove = async () => void (await ip('netns', 'del', name));
  await ip('netns', 'add', name);
  try {
    await ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', name);
    for (const address of addresses) {
      const gateway = address.replace(/\d+$/, '1');
      await ip('address', 'add', `${gateway}/24`, 'dev', here);
      await ip('-n', name, 'address', 'add', `${address}/24`, 'dev', there);
    }
    await ip('link', 'set', here, 'up');
    await ip('-n', name, 'link', 'set', there, 'up');
    const [first = ''] = addresses;
    await ip('-n', name, 'route', 'add', 'default', 'via', first.replace(/\d+$/, '1'));
  } catch (error) {
    await remove();
    throw error;
  }
  return { networkInterface: here, addresses, remove };
}
