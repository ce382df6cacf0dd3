import { isIP } from 'node:net';
import { domainToASCII, domainToUnicode } from 'node:url';
import { getPublicSuffix } from 'tldts';
import type { MessageKey } from '../messages.ts';

/**
 * In octets, without the dot at the end. RFC 1035, 2.3.4 has 253; somewhat less leaves room for `_webhoster.` before it, in the
 * name of its TXT record, and for what is put after it in the name of a file while that is written (255).
 */
const longest = { name: 240, label: 63 };

/** Letters, digits and dashes (RFC 1123, 2.1): what a host may be called, and a certificate be for. */
const label = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/**
 * Names that mean the reader's own machine or network, or nothing at all, and all below them: IANA's registry of special-use
 * domain names (RFC 6761 and what added to it), ICANN's `internal`, and those of RFC 6762, appendix G.
 */
const specialUse =
  `alt arpa corp example example.com example.net example.org home internal intranet invalid lan local localdomain
  localhost onion private test`.split(/\s+/);

/** A domain as it is stored and compared, or what is wrong with it. */
export type ReadDomain = { name: string; complaint?: undefined } | { name?: undefined; complaint: MessageKey };

/**
 * Reads what somebody calls their domain, in any script (IDNA as browsers do it: UTS #46, without transitional processing).
 * @param service hosts of the service itself (`serviceHosts` in api/config/sites.ts)
 * @returns its name in ASCII, lower case, without a dot at the end; or what to do instead
 */
export function readDomain(text: string, service: string[]): ReadDomain {
  const typed = text.trim();
  const complaint = complaintOfSpelling(typed);
  if (complaint) return { complaint };
  const name = asciiName(typed);
  const about = complaintOfName(name) ?? complaintOfUse(name, service);
  return about ? { complaint: about } : { name };
}

/** The stored form of a name that somebody gives in any spelling; empty where it is none. Says nothing about whether it may be had. */
export function asciiName(text: string): string {
  const typed = text.trim();
  return complaintOfSpelling(typed) ? '' : domainToASCII(typed).toLowerCase().replace(/\.$/, '');
}

/** As people read it. @param name as it is stored */
export function unicodeName(name: string): string {
  return domainToUnicode(name) || name;
}

/** Whether a name is the host of the service, or below or above it: pages and cookies there would pass for the service's. */
export function isOfService(name: string, service: string[]): boolean {
  return service.some((host) => isWithin(name, host) || isWithin(host, name));
}

/** Whether a domain may have no CNAME, as it is the one that was registered: other records have to be there (RFC 1034, 3.6.2). */
export function isApex(name: string): boolean {
  const suffix = publicSuffixOf(name);
  return name.slice(0, -suffix.length - 1).split('.').length === 1;
}

/** What a parser of addresses would take away without a word: `a.com/x`, `a.com:80` and `a<tab>.com` are no names. */
function complaintOfSpelling(typed: string): MessageKey | undefined {
  if (typed === '' || !typed.isWellFormed()) return 'domainRule';
  if (typed.includes('*')) return 'domainWildcard';
  if (isIP(typed.replace(/^\[(.*)\]$/, '$1'))) return 'domainAddress';
  if (/[/\\:?#@%[\]]/.test(typed)) return 'domainAlone';
  if (/[\s\p{Cc}]/u.test(typed)) return 'domainRule';
  return undefined;
}

function complaintOfName(name: string): MessageKey | undefined {
  // Browsers take `1.2.3` and `0x7f.1` for addresses, and so has the parser.
  if (isIP(name)) return 'domainAddress';
  const labels = name.split('.');
  if (name.length > longest.name || labels.some(({ length }) => length > longest.label)) return 'domainLong';
  if (!labels.every((one) => label.test(one))) return 'domainRule';
  // What begins with xn-- has to be what letters of some script become; the parser looks no further where all is ASCII.
  const unicode = domainToUnicode(name);
  return !/(^|\.)xn--/.test(unicode) && domainToASCII(unicode) === name ? undefined : 'domainRule';
}

function complaintOfUse(name: string, service: string[]): MessageKey | undefined {
  if (specialUse.some((special) => isWithin(name, special))) return 'domainSpecialUse';
  if (!name.includes('.')) return 'domainSingleLabel';
  if (isOfService(name, service)) return 'domainOfService';
  return publicSuffixOf(name) === name ? 'domainPublicSuffix' : undefined;
}

function isWithin(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}

/** Of the Public Suffix List that the library brings, with what companies let others have names below. */
function publicSuffixOf(name: string): string {
  return getPublicSuffix(name, { allowPrivateDomains: true, extractHostname: false, validateHostname: false }) ?? name;
}
