import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProxyFacts } from '../../programs/arguments.ts';
import { runCommand } from '../../programs/run-command.ts';
import { changeSite } from '../../programs/site-provider/site-files.ts';
import type { Answerer } from './order.ts';

const folder = 'challenges';
/** Those of own domains, which are proven otherwise. */
const notOurs = 'webhoster-';
/** Milliseconds for a hook, which may have to wait until name servers agree; and to clean up, where its worker is to stop. */
const hookTimeout = 120_000;
const lastTimeout = 4_000;

/** Has the proxy show an authority the files that it asks for (RFC 8555, section 8.3). */
export function httpAnswerer({ sitesDirectory: directory, controlSocket }: ProxyFacts): Answerer {
  const change = (files: Record<string, string>, remove: string[]) =>
    changeSite({ directory, controlSocket, files, remove });
  return {
    type: 'http-01',
    show: (_host, token, answer) => change({ [`${folder}/${token}`]: answer }, []),
    // Without asking the proxy, which may be what the order failed by.
    hide: (_host, token) => rm(join(directory, folder, token), { force: true }),
  };
}

/** Removes what an order has left that was interrupted. Only one goes on at a time. */
export async function removeOldChallenges({ sitesDirectory }: ProxyFacts): Promise<void> {
  const names = await readdir(join(sitesDirectory, folder)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const left = names.filter((name) => !name.startsWith(notOurs));
  for (const name of left) await rm(join(sitesDirectory, folder, name), { force: true });
}

/**
 * Has a program of the operator's make the record that an authority asks for (RFC 8555, section 8.4).
 * @param stopping aborted when this worker stops: the program is asked to end too, and has a moment to clean up
 */
export function dnsAnswerer(hook: string, stopping: AbortSignal): Answerer {
  const call = async (action: 'present' | 'cleanup', host: string, answer: string, until: object) => {
    const record = `_acme-challenge.${host.replace(/^\*\./, '')}`;
    await runCommand([hook, action, record, answer], { timeout: hookTimeout, ...until });
  };
  return {
    type: 'dns-01',
    show: (host, _token, answer) => call('present', host, answer, { signal: stopping }),
    hide: (host, _token, answer) => {
      const until = stopping.aborted ? { timeout: lastTimeout } : { signal: stopping };
      return call('cleanup', host, answer, until);
    },
  };
}
