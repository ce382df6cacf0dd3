import { request } from 'node:http';

/** What the proxy is told that has a visitor for a machine. */
export interface Told {
  status: number;
  retryAfter: number | null;
}

/** Asks for a machine to be woken, as the proxy does. */
export function askToWake(socketPath: string, userId: number | string, address = '192.0.2.7'): Promise<Told> {
  return new Promise((resolve, reject) => {
    const headers = { 'X-Client-Address': address, 'X-Wake-For': 'http' };
    const asked = request({ socketPath, path: `/wake/${userId}`, method: 'POST', headers }, (response) => {
      response.resume();
      const { statusCode: status = 0, headers } = response;
      const retryAfter = headers['retry-after'] === undefined ? null : Number(headers['retry-after']);
      response.once('end', () => resolve({ status, retryAfter }));
    });
    asked.once('error', reject);
    asked.setTimeout(240_000, () => asked.destroy(new Error('no answer in 240 s'))).end();
  });
}
