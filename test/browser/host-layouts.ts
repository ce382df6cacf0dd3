// The hosts that the interface and sites may have beside one another, each before a proxy of its own.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownHeaders } from '../../templates/security-headers.ts';
import { startEdge, type TestEdge } from '../support/proxy/edge.ts';
import { type Recorder, startRecorder } from './recorder.ts';

export const layouts = {
  'below localhost': { publicHost: 'localhost', sitesDomain: 'localhost', isEncrypted: false },
  'below one domain': { publicHost: 'host.example', sitesDomain: 'host.example', isEncrypted: true },
  'below two domains': { publicHost: 'host.example', sitesDomain: 'sites.example', isEncrypted: true },
};
export type Layout = keyof typeof layouts;
export const layoutNames = Object.keys(layouts) as Layout[];

/** What has Chromium find the hosts. No certificate here is one that it trusts, and it would refuse service workers. */
export const browserArguments = ['--host-resolver-rules=MAP *.example 127.0.0.1', '--ignore-certificate-errors'];

export interface Place {
  edge: TestEdge;
  /** What the api was sent. */
  recorder: Recorder;
  /** Origins of the interface and of the one site. */
  url: string;
  siteUrl: string;
  /** The same in clear. */
  clearUrl: string;
  clearSiteUrl: string;
  stop: () => Promise<void>;
}

/** @param options.isOpen without what the proxy and the api do against sites */
export async function startPlace(
  layout: Layout,
  options: { apiUrl: string; sitePort: number; isOpen: boolean },
): Promise<Place> {
  const { publicHost, sitesDomain, isEncrypted } = layouts[layout];
  const { apiUrl, sitePort, isOpen } = options;
  const own = [...Object.keys(ownHeaders).map((name) => name.toLowerCase()), 'content-security-policy'];
  const recorder = await startRecorder({ target: apiUrl, without: isOpen ? own : [] });
  const httpsRedirect = isEncrypted && !isOpen ? 'on' : 'off';
  const edge = await startEdge({ apiPort: recorder.port, sites: {}, publicHost, sitesDomain, httpsRedirect });
  const siteHost = `mallory.${sitesDomain}`;
  edge.setSite(1, { web: sitePort, hosts: [siteHost] });
  if (isOpen) {
    const file = join(edge.directory, 'host.conf');
    writeFileSync(file, readFileSync(file, 'utf8').replace('js_header_filter site.keepCookiesHome;', ''));
    await edge.reload();
  }
  const [clearUrl = '', clearSiteUrl = ''] = [publicHost, siteHost].map((host) => `http://${host}:${edge.httpPort}`);
  const [encryptedUrl = '', encryptedSiteUrl = ''] = [publicHost, siteHost].map(
    (host) => `https://${host}:${edge.httpsPort}`,
  );
  const url = isEncrypted ? encryptedUrl : clearUrl;
  const siteUrl = isEncrypted ? encryptedSiteUrl : clearSiteUrl;
  const stop = async () => void (await Promise.all([edge.stop(), recorder.stop()]));
  return { edge, recorder, url, siteUrl, clearUrl, clearSiteUrl, stop };
}
