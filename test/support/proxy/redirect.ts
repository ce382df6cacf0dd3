import { startTenant, type Tenant } from './edge.ts';

/** A server that sends everybody on to another one, and how many came there. */
export interface Trap {
  server: Tenant;
  arrived: () => number;
  stop: () => Promise<void>;
}

/** Starts both, on the loopback interface: what a tenant would have our programs ask. @param status of the redirect */
export async function startTrap(status: number): Promise<Trap> {
  let count = 0;
  const target = await startTenant((_request, response) => {
    count += 1;
    response.end();
  });
  const server = await startTenant((_request, response) => {
    response.writeHead(status, { Location: `http://127.0.0.1:${target.port}/` });
    response.end();
  });
  const stop = async () => {
    await server.stop();
    await target.stop();
  };
  return { server, arrived: () => count, stop };
}
