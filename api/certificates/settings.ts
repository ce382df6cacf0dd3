import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { sitesDomain } from '../config/sites.ts';
import { ConfigError, type WorkerConfig } from '../config/config.ts';
import type { Authority } from './authority.ts';

/** Whether a name may lead here from outside. */
export function isPublicName(host: string): boolean {
  return host !== 'localhost' && !host.endsWith('.localhost') && isIP(host.replace(/^\[|\]$/g, '')) === 0;
}

/** The service's own hosts that are to have a certificate. */
export function ownHosts(config: Pick<WorkerConfig, 'PUBLIC_URL' | 'SITES_DOMAIN' | 'ACME_DNS_HOOK'>): string[] {
  const domain = sitesDomain(config);
  const wildcards = config.ACME_DNS_HOOK && isPublicName(domain) && domain ? [`*.${domain}`] : [];
  return [new URL(config.PUBLIC_URL).hostname, ...wildcards].filter(isPublicName);
}

/**
 * What of the configuration tells whom certificates are asked of; null where they are asked of nobody.
 * @throws ConfigError when `ACME_CA_FILE` cannot be read.
 */
export function authorityOf(
  config: Pick<WorkerConfig, 'ACME_DIRECTORY' | 'ACME_EMAIL' | 'ACME_CA_FILE' | 'ACME_EAB_KID' | 'ACME_EAB_HMAC_KEY'>,
): Authority | null {
  const { ACME_DIRECTORY: directory, ACME_EMAIL: email = null, ACME_CA_FILE: file } = config;
  if (directory === undefined) return null;
  const { ACME_EAB_KID: kid, ACME_EAB_HMAC_KEY: hmacKey } = config;
  const binding = kid === undefined || hmacKey === undefined ? null : { kid, hmacKey };
  return { directory, email, ca: file === undefined ? null : readCa(file), binding };
}

function readCa(file: string): string {
  try {
    const pem = readFileSync(file, 'utf8');
    if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
  } catch (error) {
    throw new ConfigError(`ACME_CA_FILE cannot be read: ${(error as Error).message}`);
  }
  throw new ConfigError('ACME_CA_FILE has no certificate in PEM.');
}
