export interface SiteVariables {
  userId: number;
  /** IPv4 address of the VM. */
  address: string;
  /** TCP port of the proxy that leads to the VM's port 22. */
  sshPort: number;
  /** Names of hosts, in lower case and without port, that are this site's alone; the first is the one to tell others. */
  hosts: string[];
  /** Certificate, with its chain, and private key in PEM, by host; of those hosts that have one. */
  certificates: Record<string, string>;
  /** Whether a page of the proxy's stands in for the VM, and SSH is shut. */
  suspended: boolean;
}

/** What `ids/{user_id}` says of a site; the proxy's `routes.js` reads it. */
export interface Route {
  /** Address and port of the VM's web server, or `suspended`. */
  web: string;
  /** The same of its SSH server; empty where SSH is shut. */
  ssh: string;
  /** The host at which it is first of all; empty where it has none. */
  host: string;
  /** The other files of the site, so that whoever finds this one finds them too. */
  leadingHere: string[];
}

/** Whether a file is for the proxy's group alone, and what it holds never told. */
export const isSecretFile = (path: string) => /^(certificates|wildcards)\//.test(path);

/** The certificates of a site, by path relative to the proxy's folder of sites. */
export const renderCertificates = ({ certificates }: Pick<SiteVariables, 'certificates'>): Record<string, string> =>
  Object.fromEntries(Object.entries(certificates).map(([host, pem]) => [`certificates/${host}`, pem]));

/** The file of a site, relative to the proxy's folder of sites. */
export const routeFile = (userId: number) => `ids/${userId}`;

/** The file that tells the proxy that a site's machine sleeps, and is to be woken first; empty, relative to the same folder. */
export const asleepFile = (userId: number) => `asleep/${userId}`;

/**
 * What the proxy has to read to serve one site, by path relative to its folder of sites: the route, and for each port and
 * host a file that says whose it is, besides its certificates. The route comes first: where writing ends early, it tells what
 * there may be besides.
 */
export function renderSite(variables: SiteVariables): Record<string, string> {
  const { userId, address, sshPort, hosts, suspended } = variables;
  const [host = ''] = hosts;
  const leads = [`ports/${sshPort}`, ...hosts.map((host) => `hosts/${host}`)];
  const leadingHere = [...leads, ...Object.keys(renderCertificates(variables))];
  const route: Route = suspended
    ? { web: 'suspended', ssh: '', host, leadingHere }
    : { web: `${address}:80`, ssh: `${address}:22`, host, leadingHere };
  return {
    [routeFile(userId)]: `${JSON.stringify(route)}\n`,
    ...Object.fromEntries(leads.map((path) => [path, `${userId}\n`])),
  };
}
