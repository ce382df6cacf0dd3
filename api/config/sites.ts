import type { Whereabouts } from '../domains/proof.ts';
import type { WorkerConfig } from './config.ts';

type SitesConfig = Pick<WorkerConfig, 'PUBLIC_URL' | 'SITES_DOMAIN'>;
type WhereaboutsConfig = SitesConfig &
  Pick<WorkerConfig, 'PUBLIC_ADDRESSES' | 'DNS_SERVERS' | 'PROXY_SITES_DIR' | 'PROXY_CONTROL_SOCKET'>;

/**
 * The domain below which each site has a host of its own; empty where none has. On `localhost` these work without any set-up;
 * elsewhere the operator has to make a wildcard record first.
 */
export function sitesDomain({ PUBLIC_URL, SITES_DOMAIN }: SitesConfig): string {
  if (SITES_DOMAIN === 'off') return '';
  return SITES_DOMAIN ?? (new URL(PUBLIC_URL).hostname === 'localhost' ? 'localhost' : '');
}

/** Names that only the service itself has, and all below them. An address, where `PUBLIC_URL` has one, is no name, and matches none. */
export function serviceHosts(config: SitesConfig): string[] {
  return [new URL(config.PUBLIC_URL).hostname, sitesDomain(config)].filter(Boolean);
}

/** Where own domains have to lead, and how that is looked for. */
export function whereabouts(config: WhereaboutsConfig): Whereabouts {
  const { protocol, hostname, port } = new URL(config.PUBLIC_URL);
  const domain = sitesDomain(config);
  return {
    publicAddresses: config.PUBLIC_ADDRESSES,
    // Below the domain of sites, one that is reserved: what users may choose could be a host of the operator's.
    serverNames: [hostname, ...(domain ? [`webhoster.${domain}`] : [])],
    port: protocol === 'http:' && port ? Number(port) : 80,
    dnsServers: config.DNS_SERVERS,
    sitesDirectory: config.PROXY_SITES_DIR,
    controlSocket: config.PROXY_CONTROL_SOCKET,
  };
}
