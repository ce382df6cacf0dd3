import { type FileHandle, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import writeFileAtomic from 'write-file-atomic';
import { CommandError, runCommand } from '../run-command.ts';

const commandTimeout = 30_000;
/** Milliseconds that others' changes may take before it is this one's turn. */
const turnTimeout = 60_000;

export interface SiteChange {
  directory: string;
  testCommand: string[];
  reloadCommand: string[];
  /** Content to write, by path relative to `directory`. */
  files: Record<string, string>;
  /** Relative paths to remove. */
  remove: string[];
}

/**
 * Writes and removes a site's files, has the proxy check all it would read, and makes it read them.
 * When the check or the reload fails the files are put back as they were.
 * @throws Error with the proxy's own words, or with how the command ended that was to ask it.
 */
export async function changeSite(change: SiteChange): Promise<void> {
  const { directory, files, remove } = change;
  await mkdir(directory, { recursive: true });
  // The check reads every site's files: of two changes at once each would be blamed for the other's half-written ones.
  await using folder = await open(directory);
  await lock(folder);
  const paths = [...Object.keys(files), ...remove];
  const before = await readSite(directory, paths);
  try {
    await replaceFiles(directory, paths, files);
    await askProxy(change.testCommand);
    await askProxy(change.reloadCommand);
  } catch (error) {
    await replaceFiles(directory, paths, before);
    throw error;
  }
}

/**
 * Waits for an open folder's lock, and takes it: flock(2) locks what was opened, so it is kept when this program has ended,
 * until the folder is closed. The kernel does that when this process ends, however it does.
 */
async function lock({ fd }: FileHandle): Promise<void> {
  const { failed, timedOut, shortMessage } = await execa('flock', ['3'], {
    // Its types know of none but small numbers.
    stdio: ['ignore', 'ignore', 'pipe', fd as 3],
    timeout: turnTimeout,
    reject: false,
  });
  if (timedOut) throw new Error(`The changes of other sites have not ended: ${shortMessage}. See what they wait for.`);
  if (failed) throw new Error(`The folder of the sites could not be locked: ${shortMessage}.`);
}

/** The files among `paths` that exist, with their content. */
export async function readSite(directory: string, paths: string[]): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const path of paths) {
    try {
      files[path] = await readFile(join(directory, path), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return files;
}

/** Makes `paths` hold exactly `files`: what is not in `files` is removed. */
async function replaceFiles(directory: string, paths: string[], files: Record<string, string>): Promise<void> {
  for (const path of paths) {
    const target = join(directory, path);
    const content = files[path];
    if (content === undefined) {
      await rm(target, { force: true });
    } else {
      await mkdir(dirname(target), { recursive: true });
      await writeFileAtomic(target, content);
    }
  }
}

async function askProxy(command: string[]): Promise<void> {
  if (command.length === 0) throw new Error('The site has no command to check or reload the proxy with.');
  try {
    await runCommand(command, { timeout: commandTimeout });
  } catch (error) {
    // A command that was killed or took too long says nothing about the site.
    if (!(error instanceof CommandError) || error.ending.status === null || error.ending.limit !== undefined)
      throw error;
    throw new Error(`The proxy refused the site: ${error.reason}`, { cause: error });
  }
}
