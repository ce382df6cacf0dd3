// An authority that answers as a test says, where Pebble has no such fault.
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfSigned } from './pebble.ts';

export interface ScriptedAnswer {
  status?: number;
  headers?: Record<string, string>;
  /** Text as it is, or what becomes JSON; null for no answer at all. */
  body: unknown;
}

export interface ScriptedAuthority {
  directory: string;
  ca: string;
  /** Answers by path. Those that are none of these are as they should be. */
  answers: Record<string, ScriptedAnswer>;
  /** Paths that were asked for. */
  asked: string[];
  stop: () => Promise<void>;
}

export async function startScripted(): Promise<ScriptedAuthority> {
  const folder = mkdtempSync(join(tmpdir(), 'webhoster-authority-'));
  const file = await selfSigned(folder);
  const answers: ScriptedAuthority['answers'] = {};
  const asked: string[] = [];
  const server = createServer({ cert: readFileSync(file), key: readFileSync(join(folder, 'key.pem')) });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://localhost:${(server.address() as AddressInfo).port}`;
  const right: Record<string, ScriptedAnswer> = {
    '/dir': { body: { newNonce: `${url}/nonce`, newAccount: `${url}/account`, newOrder: `${url}/order` } },
    '/nonce': { body: '' },
    '/account': { status: 201, headers: { location: `${url}/account/1` }, body: { status: 'valid' } },
    '/order': {
      status: 201,
      headers: { location: `${url}/order/1` },
      body: { status: 'pending', authorizations: [`${url}/authorization`], finalize: `${url}/finalize` },
    },
  };
  server.on('request', (request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const { status = 200, headers = {}, body } = answers[path] ?? right[path] ?? { status: 404, body: 'nothing' };
    if (body === null) return;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, {
      'replay-nonce': `nonce-${asked.length}`,
      'content-type': 'application/json',
      ...headers,
    });
    response.end(text);
  });
  const stop = async () => {
    server.closeAllConnections();
    await once(server.close(), 'close');
    rmSync(folder, { recursive: true });
  };
  return { directory: `${url}/dir`, ca: readFileSync(file, 'utf8'), answers, asked, stop };
}
