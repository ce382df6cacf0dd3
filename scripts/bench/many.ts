import { join } from 'node:path';
import { hostingStack } from '../../programs/names.ts';
import { withStack } from '../../stacks/pulumi.ts';
import { type OwnInstallation, startInstallation } from './hosting.ts';
import { type Comparison, median } from './tables.ts';

/** Ids of users whom nobody is. */
const firstId = 90_000_000;

const say = (text: string) => console.error(`bench: ${text}`);

export interface ManyOptions {
  few: number;
  many: number;
  rounds: number;
  directory: string;
  node: string;
  imageDirectory: string;
  key: string;
  signal: AbortSignal;
}

/** A create where the engine knows few stacks, and one where it knows many, of two installations in turn. */
export async function measureMany(options: ManyOptions): Promise<Comparison> {
  const { few, many, rounds, directory, node, imageDirectory, key, signal } = options;
  const installations: OwnInstallation[] = [];
  const times: [number[], number[]] = [[], []];
  try {
    for (const [index, count] of [few, many].entries()) {
      const own = {
        directory: join(directory, `stacks-${count}`),
        node: `${node}-${index}`,
        imageDirectory,
        spares: 0,
      };
      const installation = await startInstallation(own);
      installations.push(installation);
      await fill(installation, count, signal);
    }
    const users = await Promise.all(installations.map(({ makeUser }) => makeUser()));
    for (let round = 0; round < rounds; round++)
      for (const [index, user] of users.entries()) {
        say(`round ${round + 1} of ${rounds}: a create at ${[few, many][index]} stacks`);
        times[index === 0 ? 0 : 1].push(await user.create(key, signal));
        await user.remove(signal);
      }
  } finally {
    for (const installation of installations) await installation.stop();
  }
  return {
    what: `create at ${many} stacks`,
    of: `at ${few}`,
    ours: median(times[1]),
    baseline: median(times[0]),
    unit: 's',
    target: { is: 'at most', ratio: 1.2 },
  };
}

/** Has the engine make small stacks, as those of hostings are called. */
async function fill({ pulumi }: OwnInstallation, count: number, signal: AbortSignal): Promise<void> {
  for (let made = 0; made < count; made++) {
    if (made % 100 === 0) say(`${made} of ${count} stacks`);
    await withStack(pulumi, { name: hostingStack(firstId + made), isNew: true, signal }, (stack) =>
      stack.up({ signal }),
    );
  }
}
