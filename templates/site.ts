import { render } from './render.ts';

export interface SiteVariables {
  userId: number;
  /** IPv4 address of the VM. */
  address: string;
  /** TCP port of the proxy that leads to the VM's port 22. */
  sshPort: number;
  /** Whether a page of the proxy's stands in for the VM, and SSH is shut. */
  suspended: boolean;
}

export interface SiteFiles {
  /** An entry of the http part's map from site to address. */
  http: string;
  /** A server of the stream part; null where there is to be none. */
  stream: string | null;
}

/** What the proxy has to read to serve one site. */
export function renderSite(variables: SiteVariables): SiteFiles {
  const stream = variables.suspended ? null : render('site/stream.conf', variables);
  return { http: render('site/http.conf', variables), stream };
}
