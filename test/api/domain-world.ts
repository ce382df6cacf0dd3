// An api, a DNS server, and the proxy: all that a look at a domain needs.
import { checkDueDomains, type DomainChecks } from '../../api/domains/check.ts';
import type { Domain } from '../../api/models/domain.ts';
import { proxySettings } from '../../scripts/dev/proxy.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, call } from '../support/api/calls.ts';
import { DnsServer } from '../support/network/dns-server.ts';
import { startEdge } from '../support/proxy/edge.ts';

export const here = '127.0.0.1';
export const sitesDomain = 'sites.com';

let count = 0;
export const unused = () => `checked-${(count += 1)}.com`;
export const recordsFor = ({ name, token }: Domain) => [
  `host-record=${name},${here}`,
  `txt-record=_webhoster.${name},${token}`,
];
export const codesOf = ({ findings }: Domain) => findings?.missing.map(({ code }) => code);

/** What workers look at domains with, and who may add some. */
export class DomainWorld {
  readonly api: TestApi;
  readonly dns: DnsServer;
  readonly checks: DomainChecks;
  readonly stop: () => Promise<void>;

  private constructor(parts: Pick<DomainWorld, 'api' | 'dns' | 'checks' | 'stop'>) {
    this.api = parts.api;
    this.dns = parts.dns;
    this.checks = parts.checks;
    this.stop = parts.stop;
  }

  static async start(): Promise<DomainWorld> {
    const api = await startApi({ variables: { PUBLIC_URL: 'http://service.com', SITES_DOMAIN: sitesDomain } });
    const { directory, database } = api.stores;
    const dns = await DnsServer.start(directory);
    const edge = await startEdge({ apiPort: 9, sites: {} });
    const { sites: sitesDirectory, controlSocket } = proxySettings(edge.directory);
    const proxy = { port: edge.httpPort, sitesDirectory, controlSocket };
    const whereabouts = { publicAddresses: [here], serverNames: [], dnsServers: [dns.address], ...proxy };
    const { logger } = api.services;
    const checks = { database, sitesDomain, serviceHosts: ['service.com', sitesDomain], logger, whereabouts };
    const stop = async () => {
      await Promise.all([dns.stop(), api.stop(), edge.stop()]);
    };
    return new DomainWorld({ api, dns, checks, stop });
  }

  add({ token }: Account, name: string) {
    return call(this.api, 'POST', '/host/my/domains', { token, json: { name } });
  }

  rowOf(userId: number, name: string): Promise<Domain> {
    return this.api.models.Domain.findOne({ where: { userId, name }, rejectOnEmpty: true });
  }

  async revisionOf({ id }: Account): Promise<number> {
    return (await this.api.models.Hosting.findByPk(id, { rejectOnEmpty: true })).routeRevision;
  }

  /** Time goes by for a domain, until it is looked at again. */
  async pass(domain: Domain, milliseconds: number): Promise<Domain> {
    const earlier = (date: Date) => new Date(date.getTime() - milliseconds);
    const { createdAt, goneSince } = domain;
    const row = { createdAt: earlier(createdAt), goneSince: goneSince && earlier(goneSince), nextCheckAt: new Date(0) };
    await this.api.models.Domain.update(row, { where: { id: domain.id } });
    await checkDueDomains(this.checks);
    return domain.reload();
  }
}
