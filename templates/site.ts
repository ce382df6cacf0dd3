import { render } from './render.ts';

export interface SiteVariables {
  userId: number;
  /** IPv4 address of the VM. */
  address: string;
  /** TCP port of the proxy that leads to the VM's port 22. */
  sshPort: number;
}

export interface SiteFiles {
  /** An entry of the http part's map from site to address. */
  http: string;
  /** A server of the stream part. */
  stream: string;
}

/** What the proxy has to read to serve one site. */
export function renderSite(variables: SiteVariables): SiteFiles {
  return { http: render('site/http.conf', variables), stream: render('site/stream.conf', variables) };
}
