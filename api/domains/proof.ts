import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Findings, Missing, MissingCode } from '../models/domain.ts';
import { Dns, type DnsAnswer } from './dns.ts';
import { reach } from './reach.ts';

/** What a domain has to be shown to be, and by what. */
export interface Claimed {
  name: string;
  token: string;
  /** The host of its user's site name, which is never given to another; null where sites have none. */
  siteHost: string | null;
}

/** Where the service is, for what leads to it. */
export interface Whereabouts {
  /** Of this server, where the operator names them. */
  publicAddresses: string[];
  /** Names that lead to this server, where not. */
  serverNames: string[];
  /** TCP port at which visitors come without encryption. */
  port: number;
  dnsServers: string[];
  /** The proxy's folder of sites, and the socket on which it tells what it reads there. */
  sitesDirectory: string;
  controlSocket: string;
}

/** Seconds for all questions to the DNS together. */
const patience = 15;
/** Names that a CNAME may lead through: as far as resolvers go, about. */
const longestChain = 8;
/** Of what strangers wrote into the DNS, this much is shown. */
const shownValues = 4;
const shownLength = 100;

/**
 * Looks whether a domain is its user's, leads to this server and nowhere else, and gets to this service. Whose it is, is shown
 * by a CNAME by way of the user's own site's host, or by a TXT record: that it leads here shows nothing, as every user's does.
 * @throws Error when the proxy does not show what is to be asked for
 */
export async function lookAt(claimed: Claimed, whereabouts: Whereabouts): Promise<Findings> {
  using dns = new Dns(whereabouts.dnsServers, patience);
  const [ownership, { missing: direction, serverAddresses, addresses }] = await Promise.all([
    missingOwnership(claimed, dns),
    missingDirection(claimed, whereabouts, dns),
  ]);
  const missing = [...direction, ...ownership];
  if (missing.length > 0) return { missing, serverAddresses };
  const failure = await reach({ ...claimed, ...whereabouts, addresses, text: randomBytes(18).toString('base64url') });
  return { missing: failure === null ? [] : [lacks('not_reached', [failure])], serverAddresses };
}

function lacks(code: MissingCode, found: string[] = []): Missing {
  const shown = found
    .slice(0, shownValues)
    .map((text) => [...text.replace(/\p{C}+/gu, ' ')].slice(0, shownLength).join(''));
  return { code, found: shown };
}

const silence = ({ silent }: DnsAnswer, what: string) => lacks('dns_silent', [`${what}: ${silent}`]);

async function missingOwnership({ name, token, siteHost }: Claimed, dns: Dns): Promise<Missing[]> {
  const record = `_webhoster.${name}`;
  const [chain, texts] = await Promise.all([followAliases(name, dns), dns.texts(record)]);
  if (siteHost !== null && chain.names.includes(siteHost)) return [];
  if (texts.values?.some((text) => text.trim() === token)) return [];
  if (!texts.values) return [silence(texts, `TXT ${record}`)];
  if (siteHost !== null && chain.end.silent) return [silence(chain.end, `CNAME ${name}`)];
  return [texts.values.length > 0 ? lacks('other_record', texts.values) : lacks('no_record')];
}

/** The names that a domain is an alias of, one after the other, and the answer at which that ended. */
async function followAliases(name: string, dns: Dns): Promise<{ names: string[]; end: DnsAnswer }> {
  const names: string[] = [];
  for (let next = name; ;) {
    const end = await dns.alias(next);
    const [target] = end.values ?? [];
    if (target === undefined || names.includes(target) || names.length === longestChain) return { names, end };
    names.push(target);
    next = target;
  }
}

interface Direction {
  missing: Missing[];
  serverAddresses: string[];
  /** Of the domain; all of them are this server's when nothing is missing. */
  addresses: string[];
}

async function missingDirection({ name }: Claimed, whereabouts: Whereabouts, dns: Dns): Promise<Direction> {
  const [own, answer] = await Promise.all([ownAddresses(whereabouts, dns), dns.addresses(name)]);
  const serverAddresses = own.values;
  const addresses = (answer.values ?? []).map(canonical);
  const elsewhere = addresses.filter((address) => !serverAddresses.includes(address));
  const missing = () => {
    if (!answer.values) return [silence(answer, `A, AAAA ${name}`)];
    if (addresses.length === 0) return [lacks('no_such_name')];
    if (elsewhere.length === 0) return [];
    if (own.silent) return [own.silent];
    return [serverAddresses.length > 0 ? lacks('points_elsewhere', elsewhere) : lacks('server_unknown')];
  };
  return { missing: missing(), serverAddresses, addresses };
}

/** The addresses of this server that are known, and what did not tell whether there are more. */
async function ownAddresses(
  { publicAddresses, serverNames }: Whereabouts,
  dns: Dns,
): Promise<{ values: string[]; silent?: Missing }> {
  if (publicAddresses.length > 0) return { values: publicAddresses.map(canonical) };
  const answers = await Promise.all(serverNames.map((name) => addressesOf(name, dns)));
  const values = [...new Set(answers.flatMap((answer) => answer.values ?? []).map(canonical))];
  const index = answers.findIndex((answer) => answer.silent !== undefined);
  const [answer, name] = [answers[index], serverNames[index]];
  return { values, ...(answer && { silent: silence(answer, `A, AAAA ${name}`) }) };
}

async function addressesOf(host: string, dns: Dns): Promise<DnsAnswer> {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare)) return { values: [bare] };
  // No DNS is asked for these (RFC 6761, 6.3).
  if (/(^|\.)localhost$/.test(host)) return { values: ['127.0.0.1', '::1'] };
  return dns.addresses(host);
}

/** One spelling for each address. */
function canonical(address: string): string {
  return ipaddr.parse(address).toString();
}
