import { rm } from 'node:fs/promises';
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { changeSite } from '../../programs/site-provider/site-files.ts';

/** Milliseconds for one attempt: to connect, and to be answered. */
const limit = 5_000;
/** Octets of an answer that are read. */
const longest = 1_024;

export interface Reach {
  /** The domain. */
  name: string;
  token: string;
  /** Where it leads; each was shown to be this server's, or it is not to be asked. */
  addresses: string[];
  port: number;
  /** The proxy's folder of sites, and the socket on which it tells what it reads there. */
  sitesDirectory: string;
  controlSocket: string;
  /** What only this service can answer. */
  text: string;
}

/**
 * Asks for a file of our own by way of a domain, as a certificate authority would (RFC 8555, 8.3). Connects to the addresses that
 * are given and no other, and follows nothing.
 * @returns null when one of the addresses answered right, or how the last one failed
 * @throws Error when the proxy does not show the file, which says nothing of the domain
 */
export async function reach({ name, token, addresses, port, text, ...proxy }: Reach): Promise<string | null> {
  const { sitesDirectory: directory, controlSocket } = proxy;
  const file = `webhoster-${token}`;
  const path = `challenges/${file}`;
  await changeSite({ directory, controlSocket, files: { [path]: text }, remove: [] });
  try {
    let failure = '';
    for (const address of new Set(addresses)) {
      failure = await askAt(address, { name, port, path: `/.well-known/acme-challenge/${file}`, text });
      if (failure === '') return null;
    }
    return failure;
  } finally {
    await rm(join(directory, path), { force: true });
  }
}

interface Question {
  name: string;
  port: number;
  path: string;
  text: string;
}

/** Empty when the answer is right. */
async function askAt(address: string, { name, port, path, text }: Question): Promise<string> {
  const host = port === 80 ? name : `${name}:${port}`;
  const where = `${address}, port ${port}`;
  const signal = AbortSignal.timeout(limit);
  const asked = request({ host: address, port, path, headers: { Host: host }, agent: false, signal });
  try {
    asked.end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    if (answer.statusCode !== 200) return `${where}: HTTP ${answer.statusCode}`;
    return (await beginningOf(answer)).trim() === text ? '' : `${where}: another answer`;
  } catch (error) {
    const { code = 'no answer' } = error as NodeJS.ErrnoException;
    return signal.aborted ? `${where}: no answer in ${limit / 1_000} s` : `${where}: ${code}`;
  } finally {
    asked.destroy();
  }
}

async function beginningOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of answer.setEncoding('utf8')) {
    text += piece as string;
    if (text.length > longest) break;
  }
  return text;
}
