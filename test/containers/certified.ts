// An authority of the test's own that certifies the hosts of an installation in containers.
import { once } from 'node:events';
import { copyFileSync, mkdirSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import { type Pebble, startPebble } from '../support/acme/pebble.ts';
import type { TestUser } from '../support/installation/user.ts';
import type { Checkout } from './checkout.ts';
import { addressForContainers, writeSettings } from './settings.ts';

/** Below which the sites are then: nobody certifies what is below localhost. */
const sitesDomain = 'sites.example';

/** A user's site's host, then. */
export const hostOf = ({ username }: TestUser): string => `${username}.${sitesDomain}`;

/** Starts the authority, and has the installation ask it from the next start on. */
export async function haveAuthority(checkout: Checkout): Promise<Pebble> {
  const { WEBHOSTER_DATA_DIR: data = '', HTTP_PORT } = checkout.environment;
  const address = await addressForContainers();
  const pebble = await startPebble({ address, httpPort: Number(HTTP_PORT) });
  const caFile = join(data, 'acme/ca.pem');
  mkdirSync(join(data, 'acme'), { recursive: true });
  copyFileSync(pebble.caFile, caFile);
  writeSettings(checkout, {
    SITES_DOMAIN: sitesDomain,
    ACME_DIRECTORY: pebble.directory,
    ACME_TERMS_AGREED: 'yes',
    ACME_CA_FILE: caFile,
    PUBLIC_ADDRESSES: address,
    DNS_SERVERS: pebble.dnsServer,
  });
  return pebble;
}

/** What is at a host over HTTPS, and by which certificate. @param ca who is trusted. @throws when that is another */
export async function visitSecurely(checkout: Checkout, host: string, ca: string) {
  const port = checkout.environment['HTTPS_PORT'];
  const place = { host: '127.0.0.1', port, servername: host, ca, agent: false, signal: AbortSignal.timeout(20_000) };
  const asked = request({ ...place, headers: { Host: `${host}:${port}` } }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const certificate = (response.socket as TLSSocket).getPeerX509Certificate();
  return { page: await text(response), fingerprint: certificate?.fingerprint256 };
}

/** The same, once the host is certified. @throws with why it is not, after two minutes */
export async function untilCertified(checkout: Checkout, host: string, ca: string) {
  for (const deadline = Date.now() + 120_000; ; await delay(500)) {
    try {
      return await visitSecurely(checkout, host, ca);
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`${host} gets no certificate`, { cause: error });
    }
  }
}

/** Adds a domain of a user's own, proves it by a record, and has it looked at. */
export async function proveDomain(user: TestUser, { dns }: Pebble, name: string): Promise<void> {
  const added = await user.call('POST', '/host/my/domains', { body: { name } });
  const { txt_name: host, txt_value: value } = added.body.data.domain.records;
  await dns('set-txt', { host: `${host}.`, value });
  await user.call('POST', `/host/my/domains/${name}/check`);
}
