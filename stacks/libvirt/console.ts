import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LibvirtFacts } from '../../programs/arguments.ts';
import { machineNames } from '../../programs/names.ts';

const lines = 20;

/** The last lines of a machine's console; where it cannot be read, that. */
export async function lastLines(
  { consoleDirectory }: Pick<LibvirtFacts, 'consoleDirectory'>,
  machineId: number,
): Promise<string[]> {
  try {
    const text = await readFile(join(consoleDirectory, machineNames(machineId).consoleLog), 'utf8');
    return text.split(/\r?\n/).filter(Boolean).slice(-lines);
  } catch (error) {
    return [`The console could not be read (${(error as NodeJS.ErrnoException).code}).`];
  }
}
