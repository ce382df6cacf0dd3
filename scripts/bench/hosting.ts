import { randomInt, randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { readWorkerConfig } from '../../api/config/config.ts';
import { connectDatabase } from '../../api/stores/database.ts';
import { proxyFacts, pulumiSettings } from '../../api/config/stacks.ts';
import { machineNames, nodeNames } from '../../programs/names.ts';
import { runCommand } from '../../programs/run-command.ts';
import { HostingStacks } from '../../stacks/hosting.ts';
import { removeNode } from '../../stacks/libvirt/node.ts';
import { readNode } from '../../stacks/node.ts';
import { placeOf } from '../../stacks/places.ts';
import { openPulumi } from '../../stacks/pulumi.ts';
import { Installation } from '../dev/installation.ts';
import { freeNetwork } from '../dev/network.ts';
import { freePorts, freeSshPorts } from '../dev/ports.ts';

export interface HostingTimes {
  /** Seconds until `POST /host` has answered 201. */
  create: number;
  /** Seconds until `DELETE /host/my` has answered 200. */
  remove: number;
}

/** An installation with one user. */
export interface OwnInstallation {
  /** Creates the user's hosting and deletes it. @throws when an answer is another, or the signal is aborted */
  createAndDelete: (sshPublicKey: string, signal: AbortSignal) => Promise<HostingTimes>;
  /** Takes away all of it but its folder. */
  stop: () => Promise<void>;
}

/** Milliseconds. A create gives up by itself after seven minutes. */
const requestTimeout = 450_000;
const removeTimeout = 60_000;

/** Starts a whole Webhoster beside whatever else runs on this machine: own folder, ports, network, names and user id. */
export async function startInstallation(options: {
  directory: string;
  node: string;
  imageDirectory: string;
}): Promise<OwnInstallation> {
  const { directory, node, imageDirectory } = options;
  const [httpPort = 0, httpsPort = 0, apiPort = 0, postgresPort = 0, redisPort = 0] = await freePorts(5);
  // One user, with one token, makes a hosting in every round.
  const patience = { JWT_LIFETIME_SECONDS: '86400', LIMIT_CREATE: '10000' };
  const machine = { NODE_NAME: node, VM_NETWORK: freeNetwork(), GUEST_IMAGE_DIR: imageDirectory };
  const variables = { ...machine, ...(await freeSshPorts()), ...patience };
  const ports = { httpPort, httpsPort, apiPort, postgresPort, redisPort };
  const installation = new Installation({ directory, ...ports, workers: 1, variables });
  const userId = randomInt(30_000_000, 49_000_000);
  const api = `http://127.0.0.1:${httpPort}/api/v1`;
  try {
    await installation.start();
    const authorization = await signUp(installation, api, userId);
    return {
      createAndDelete: (key, signal) => createAndDelete(api, { authorization, key, signal }),
      stop: () => takeAway(installation, userId),
    };
  } catch (error) {
    await takeAway(installation, null).catch((second: unknown) => console.error((second as Error).message));
    throw error;
  }
}

/** The stack and its VM have this id: it must not be one of another installation on this machine. */
async function signUp({ environment }: Installation, api: string, userId: number): Promise<string> {
  const database = connectDatabase(environment['DATABASE_URL'] ?? '');
  try {
    await database.query(`ALTER TABLE users ALTER COLUMN id RESTART WITH ${userId}`);
    await database.query(`ALTER SEQUENCE machine_ids RESTART WITH ${userId}`);
  } finally {
    await database.close();
  }
  const account = { email: 'bench@example.com', username: 'bench', password: randomUUID() };
  const headers = { 'content-type': 'application/json' };
  await expect(201, `${api}/auth/register`, { method: 'POST', headers, body: JSON.stringify(account) });
  const form = new URLSearchParams({ username: account.email, password: account.password });
  const login = await expect(200, `${api}/auth/login`, { method: 'POST', body: form });
  return `Bearer ${(JSON.parse(login) as { access_token: string }).access_token}`;
}

async function createAndDelete(
  api: string,
  { authorization, key, signal }: { authorization: string; key: string; signal: AbortSignal },
): Promise<HostingTimes> {
  const headers = { authorization, 'content-type': 'application/json' };
  const body = JSON.stringify({ ssh_public_keys: [key] });
  const started = performance.now();
  await expect(201, `${api}/host`, { method: 'POST', headers, body, signal });
  const created = performance.now();
  await expect(200, `${api}/host/my`, { method: 'DELETE', headers: { authorization }, signal });
  return { create: (created - started) / 1_000, remove: (performance.now() - created) / 1_000 };
}

/** The answer as text. @throws with it, when its status is another */
async function expect(status: number, url: string, { signal, ...init }: RequestInit): Promise<string> {
  const limit = AbortSignal.timeout(requestTimeout);
  const response = await fetch(url, { ...init, signal: signal ? AbortSignal.any([signal, limit]) : limit });
  const text = await response.text();
  if (response.status !== status) throw new Error(`${url} answered ${response.status}, not ${status}: ${text}`);
  return text;
}

/** Ends the installation, once its node is clean. @param userId whose hosting may be there; null before there is a user */
async function takeAway(installation: Installation, userId: number | null): Promise<void> {
  try {
    // No other engine may be at work on the stacks.
    await Promise.all(installation.named('worker').map((worker) => worker.stop()));
    await clearNode(installation.environment, userId);
  } finally {
    await installation.stop();
    await removeFirewall(installation.environment);
  }
}

/** When nothing puts it back any more. */
async function removeFirewall({ NODE_NAME: node = '' }: NodeJS.ProcessEnv): Promise<void> {
  const script = fileURLToPath(new URL('../node/remove-firewall.sh', import.meta.url));
  await runCommand([script, node], { timeout: removeTimeout });
}

async function clearNode(environment: NodeJS.ProcessEnv, userId: number | null): Promise<void> {
  const config = readWorkerConfig(environment);
  const name = config.NODE_NAME;
  try {
    const pulumi = await openPulumi(pulumiSettings(config));
    if (userId !== null) {
      const place = placeOf(await readNode(pulumi, name));
      const checks = { proxyUrl: config.PROXY_URL, bootTimeout: 1, firewallReport: config.GUARD_REPORT_FILE };
      const stacks = new HostingStacks({ pulumi, place, proxy: proxyFacts(config), checks });
      const signal = AbortSignal.timeout(removeTimeout);
      await stacks.remove({ userId, machineId: userId }, { signal, onDestroyFailed: () => undefined });
    }
    await removeNode(pulumi, name);
  } catch (error) {
    const vm = userId === null ? '' : `VM ${machineNames(userId).vmId}, `;
    const left = `${vm}pool and network ${nodeNames(name).pool}`;
    throw new Error(`The node could not be cleared: ${(error as Error).message}. Remove with virsh: ${left}.`, {
      cause: error,
    });
  }
}
