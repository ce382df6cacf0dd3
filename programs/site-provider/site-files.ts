import { createHash } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { asleepFile, isSecretFile, type Route, routeFile } from '../../templates/site.ts';
import type { ProxyFacts } from '../arguments.ts';
import { askProxy } from './proxy-control.ts';

export interface SiteChange {
  directory: string;
  /** Unix socket on which the proxy tells what it reads. */
  controlSocket: string;
  /** Content to write, by path relative to `directory`, in this order. */
  files: Record<string, string>;
  /** Relative paths to remove, the last one first. */
  remove: string[];
}

/**
 * Writes and removes a site's files, and has the proxy tell that it reads them so. When it does not, the files are put back as
 * they were. The proxy reads each when it is asked for, so there is nothing to reload.
 * @throws Error with what the proxy tells instead, or with why it does not answer.
 */
export async function changeSite(change: SiteChange): Promise<void> {
  const { directory, controlSocket, files } = change;
  const remove = await stillOurs(directory, change.remove, [...Object.keys(files), ...change.remove]);
  const before = await readSite(directory, [...Object.keys(files), ...remove]);
  try {
    await replaceFiles(directory, files, remove);
    for (const path of [...Object.keys(files), ...remove]) await prove(controlSocket, path, files[path] ?? null);
  } catch (error) {
    const added = Object.keys(files).filter((path) => !(path in before));
    await replaceFiles(directory, before, added);
    throw error;
  }
}

/**
 * What of `remove` is still this user's: a host or a port may have become another's since this one's route was made.
 * @param paths of the change; that of the route tells whose it is
 */
async function stillOurs(directory: string, remove: string[], paths: string[]): Promise<string[]> {
  const [, userId] = /^ids\/(\d+)$/m.exec(paths.join('\n')) ?? [];
  if (userId === undefined) return remove;
  const leadsOf = (path: string) => path.replace(/^certificates\//, 'hosts/');
  const there = await readSite(
    directory,
    remove.map(leadsOf).filter((path) => /^(hosts|ports)\//.test(path)),
  );
  return remove.filter((path) => (there[leadsOf(path)]?.trim() ?? userId) === userId);
}

/** Removes whatever leads to a user's site, as far as there is any. @throws as {@link changeSite} does */
export async function removeSite(
  { sitesDirectory: directory, controlSocket }: ProxyFacts,
  userId: number,
): Promise<void> {
  const path = routeFile(userId);
  const { [path]: text } = await readSite(directory, [path]);
  if (text === undefined) return;
  const { leadingHere } = JSON.parse(text) as Route;
  await changeSite({ directory, controlSocket, files: {}, remove: [path, ...leadingHere] });
}

/** Tells the proxy whether a user's machine sleeps: then it has it woken before it sends anything there. @throws as {@link changeSite} does */
export async function markAsleep(
  { sitesDirectory: directory, controlSocket }: ProxyFacts,
  userId: number,
  isAsleep: boolean,
): Promise<void> {
  const path = asleepFile(userId);
  if (path in (await readSite(directory, [path])) === isAsleep) return;
  const change = isAsleep ? { files: { [path]: '' }, remove: [] } : { files: {}, remove: [path] };
  await changeSite({ directory, controlSocket, ...change });
}

async function prove(controlSocket: string, path: string, content: string | null): Promise<void> {
  const expected = content !== null && isSecretFile(path) ? sha256(content) : content;
  const told = await askProxy(controlSocket, `/${path}`).catch((error: unknown) => {
    throw new Error(`The proxy refused the site: ${(error as Error).message}`, { cause: error });
  });
  if (told === expected) return;
  const how = told === null ? 'does not see it' : 'reads something else';
  throw new Error(
    `The proxy refused the site: it ${how} in ${path}. Does it have the folder that this was written to?`,
  );
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

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

/** Not whose a file was before, which the library keeps: a process with no capabilities may not give it away. */
const ours = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

async function replaceFiles(directory: string, files: Record<string, string>, remove: string[]): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const target = join(directory, path);
    await mkdir(dirname(target), { recursive: true });
    // The proxy's workers are of another user, and of this group.
    await writeFileAtomic(target, content, { mode: isSecretFile(path) ? 0o640 : 0o644, chown: ours });
  }
  for (const path of remove.toReversed()) await rm(join(directory, path), { force: true });
}
