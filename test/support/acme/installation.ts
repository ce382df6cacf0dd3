// What keeping certificates takes: rows, the real proxy, and a real authority that asks it.
import { once } from 'node:events';
import { connect } from 'node:tls';
import { Seal } from '../../../api/certificates/seal.ts';
import type { CertificateWork } from '../../../api/certificates/turn.ts';
import { createLogger } from '../../../api/logger.ts';
import { proxySettings } from '../../../scripts/dev/proxy.ts';
import { startApi, type TestApi } from '../api/api.ts';
import { type Account, makeAccount } from '../api/calls.ts';
import { makeHosting } from '../api/operations.ts';
import { answerAsAsked, startEdge, startTenant, type Tenant, type TestEdge } from '../proxy/edge.ts';
import { type Pebble, type PebbleOptions, startPebble } from './pebble.ts';

export const sitesDomain = 'sites.example';
export const ownHost = 'host.example';
export const passphrase = 'a-passphrase-of-these-tests-and-no-other';

export interface CertifiedInstallation {
  api: TestApi;
  edge: TestEdge;
  pebble: Pebble;
  seal: Seal;
  /** What a worker works with. */
  work: (others?: Partial<CertificateWork>) => CertificateWork;
  /** All that workers have logged. */
  log: () => string;
  stop: () => Promise<void>;
}

export async function startCertified(options: PebbleOptions = {}): Promise<CertifiedInstallation> {
  const tenant: Tenant = await startTenant(answerAsAsked);
  const edge = await startEdge({ apiPort: tenant.port, sites: {}, publicHost: ownHost, sitesDomain });
  const [api, pebble] = await Promise.all([
    startApi({ variables: { PUBLIC_URL: `https://${ownHost}`, SITES_DOMAIN: sitesDomain } }),
    startPebble({ ...options, httpPort: edge.httpPort }),
  ]);
  const { sites, controlSocket } = proxySettings(edge.directory);
  const lines: string[] = [];
  const logger = createLogger('trace', 'worker', { write: (line) => void lines.push(line) });
  const seal = new Seal(passphrase);
  const work = (others: Partial<CertificateWork> = {}): CertificateWork => ({
    database: api.stores.database,
    seal,
    authority: { directory: pebble.directory, email: 'operator@example.org', ca: pebble.ca, binding: null },
    proxy: { sitesDirectory: sites, controlSocket, addresses: ['127.0.0.1'] },
    sitesDomain,
    own: [ownHost],
    dnsHook: undefined,
    worker: 'worker-1',
    logger,
    signal: new AbortController().signal,
    ...others,
  });
  const stop = async () => {
    await Promise.all([api.stop(), edge.stop(), pebble.stop(), tenant.stop()]);
  };
  return { api, edge, pebble, seal, work, log: () => lines.join(''), stop };
}

/** A user whose site is served at a host of its own. */
export async function makeSite({ api }: Pick<CertifiedInstallation, 'api'>): Promise<Account & { host: string }> {
  const account = await makeAccount(api);
  await makeHosting(api.stores.database, account.id);
  const host = `${account.siteName}.${sitesDomain}`;
  await api.stores.database.models.Hosting.update({ routedHost: host }, { where: { userId: account.id } });
  return { ...account, host };
}

/** What a row tells of a certificate. */
export const rowOf = ({ api }: Pick<CertifiedInstallation, 'api'>, host: string) =>
  api.stores.database.models.Certificate.findByPk(host, { rejectOnEmpty: true });

/** Has an attempt be due. */
export const letBeDue = ({ api }: Pick<CertifiedInstallation, 'api'>, host: string) =>
  api.stores.database.models.Certificate.update({ nextAttemptAt: new Date() }, { where: { host } });

/** Whose certificate the proxy shows for a host; why it is none that the issuer vouches for. @param ca PEM of the issuer */
export async function shownFor(
  { edge }: Pick<CertifiedInstallation, 'edge'>,
  host: string,
  ca: string,
): Promise<string> {
  const socket = connect({ port: edge.httpsPort, host: '127.0.0.1', servername: host, ca });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerX509Certificate()?.subjectAltName ?? 'none';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
  } finally {
    socket.destroy();
  }
}

/** How often a site's route was asked to be made anew. */
export async function revisionOf({ api }: CertifiedInstallation, userId: number): Promise<number> {
  return (await api.models.Hosting.findByPk(userId, { rejectOnEmpty: true })).routeRevision;
}
