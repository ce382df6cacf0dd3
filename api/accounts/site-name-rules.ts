import { romanize } from './romanize.ts';

export const siteNameLength = { least: 3, most: 32 };

/** Lower case, digits and single dashes within; a letter at least: a number is a user's id. Linear in time, whatever it is given. */
export const siteNamePattern = '^(?:[0-9]-?)*[a-z](?:-?[a-z0-9])*$';
const pattern = new RegExp(siteNamePattern);

/** Names of hosts that browsers, mail programs and people take for the service itself. */
const reserved = new Set(
  `about account accounts admin administrator adminstrator api app apps assets auth autoconfig autodiscover backup billing blog
  broadcasthost cdn chat cloud config console contact dashboard database dev dns docs domain download email example forum ftp git
  guest help host hosting hostmaster http https imap info internal invalid ipv4 ipv6 isatap issues kube ldap local localdomain
  localhost login logout mail mailer mailer-daemon manager mobile moderator monitor mta-sts mx mysql network news node nobody
  noreply no-reply official ops operator operators owner owners panel password payment pop pop3 portal postgres postmaster private
  prod production proxy public redis register root sandbox secure security server service settings sftp shop signin signup site
  sites smtp ssh ssl staff staging static stats status store support sysadmin system team test testing tls token upload user users
  vpn web webdisk webhoster webmail webmaster website worker wpad www`.split(/\s+/),
);

/** What a name looks like at a glance, to compare it with reserved ones. For those of other users the database does this. */
function shape(name: string): string {
  return name
    .replaceAll('-', '')
    .replaceAll('0', 'o')
    .replace(/[1i]/g, 'l')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w');
}
const reservedShapes = new Set([...reserved].map(shape));

/** Why nobody may take a name; undefined when it is allowed. */
export function complaintOfSiteName(name: string): 'invalid' | 'reserved' | undefined {
  if (name.length < siteNameLength.least || name.length > siteNameLength.most || !pattern.test(name)) return 'invalid';
  // `user-7` is the site name of user 7 where no other was found, and `user-lo` looks like `user-10`.
  if (/^user-?[\dlo]+$/.test(name) || name.startsWith('xn-')) return 'reserved';
  const withoutNumber = name.replace(/-?\d+$/, '');
  return [name, withoutNumber].some((one) => reservedShapes.has(shape(one))) ? 'reserved' : undefined;
}

function labelOf(text: string): string {
  const label = romanize(text).replace(/[^a-z0-9]+/g, '-');
  // Leaves room for a number.
  return label
    .replace(/^-/, '')
    .slice(0, siteNameLength.most - 2)
    .replace(/-$/, '');
}

/** Names made from what somebody is called, the best one first; none where nothing of it can be a name. */
export function suggestSiteNames(...called: string[]): string[] {
  const labels = called.map(labelOf);
  const numbered = labels.flatMap((label) => [2, 3, 4, 5, 6, 7, 8, 9].map((number) => `${label}-${number}`));
  return [...labels, ...numbered].filter((name) => !complaintOfSiteName(name));
}
