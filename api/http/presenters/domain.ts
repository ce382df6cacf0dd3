import { isApex, unicodeName } from '../../domains/domain-name.ts';
import { siteHost } from '../../domains/hosts.ts';
import { releaseTime } from '../../domains/state.ts';
import { type Language, translate } from '../../messages.ts';
import type { Certificate } from '../../models/certificate.ts';
import type { Domain, Missing } from '../../models/domain.ts';
import { presentCertificate } from './certificate.ts';

/** What an answer needs besides the row. */
interface Surroundings {
  siteName: string;
  /** Below which sites have their hosts; empty where they have none. */
  sitesDomain: string;
  publicUrl: string;
  language: Language;
  /** Of the domain. */
  certificate: Certificate | null;
}

export function presentDomain(
  domain: Domain,
  { siteName, sitesDomain, publicUrl, language, certificate }: Surroundings,
) {
  const { name, token, state, findings, goneSince, sparedAt, releasedAt } = domain;
  const release = releasedAt ?? (goneSince && releaseTime({ goneSince, sparedAt }));
  return {
    name,
    unicode_name: unicodeName(name),
    url: addressOf(name, publicUrl),
    state,
    missing: (findings?.missing ?? []).map((one) => presentMissing(one, language)),
    records: {
      // The DNS has no hosts below localhost.
      cname: isApex(name) || sitesDomain === 'localhost' ? null : siteHost(siteName, sitesDomain),
      addresses: findings?.serverAddresses ?? [],
      txt_name: `_webhoster.${name}`,
      txt_value: token,
    },
    certificate: presentCertificate(certificate),
    checked_at: domain.checkedAt?.toISOString() ?? null,
    next_check_at: domain.nextCheckAt?.toISOString() ?? null,
    gone_since: goneSince?.toISOString() ?? null,
    release_at: release?.toISOString() ?? null,
    created_at: domain.createdAt.toISOString(),
  };
}

function presentMissing({ code, found }: Missing, language: Language) {
  const message = translate(`domain_${code}`, language).replace('{found}', () => found.join(', '));
  return { code, message, found };
}

/** In clear, at the service's own port for that: a domain has no certificate before it is proven. */
function addressOf(name: string, publicUrl: string): string {
  const { protocol, port } = new URL(publicUrl);
  return `http://${name}${protocol === 'http:' && port ? `:${port}` : ''}`;
}
