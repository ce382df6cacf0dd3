import { createHash } from 'node:crypto';
import { render } from './render.ts';
import { dataPolicy, ownHeaders, siteHidden, sitePolicy } from './security-headers.ts';

/** Whether plain HTTP is sent on to HTTPS; `strict` also tells browsers to use nothing else for a year. */
export type HttpsRedirect = 'off' | 'on' | 'strict';

export interface ProxyVariables {
  /** Folder of these files. */
  configurationDirectory: string;
  /** Folder for the pid file, logs and temporary files. */
  runtimeDirectory: string;
  /** Folder that holds `http/` and `stream/`, one file for each site. */
  sitesDirectory: string;
  /** PEM file with the certificate, those above it, and the key. */
  certificate: string;
  /** Unix user of the worker processes. */
  user: string;
  httpPort: number;
  httpsPort: number;
  httpsRedirect: HttpsRedirect;
  /** The host name by which the api and the workers reach the proxy, without being sent on to HTTPS. */
  internalHost: string;
  /** Host and port of the api. */
  api: string;
  /** Whether it runs in a container, whose engine keeps the logs and sets the limits. */
  inContainer: boolean;
}

/** How many connections one client address may have at a time, to all of HTTP and to all of SSH. */
const connectionsOfAddress = 1_000;
/** How many to one hosting's SSH. */
const sshConnectionsOfAddress = 50;

const pages = {
  'pages/missing.html': {
    // While a hosting is being made the proxy does not know it yet.
    title: '이 주소에는 아직 사이트가 없습니다',
    english: 'There is no site here yet',
    hint: '지금 만들고 있는 사이트라면 준비되는 대로 이 주소에서 열립니다. 아니라면 주소를 확인해 주세요.',
    englishHint: 'If it is being created, it opens here as soon as it is ready. If not, check the address.',
  },
  'pages/suspended.html': {
    title: '정지된 사이트입니다',
    english: 'This site is suspended',
    hint: '운영자가 이 사이트를 정지했습니다. 사이트 주인이라면 운영자에게 문의해 주세요.',
    englishHint: 'The operator has suspended it. If it is yours, ask the operator.',
  },
  'pages/unreachable.html': {
    title: '사이트가 응답하지 않습니다',
    english: 'This site does not answer',
    hint: '켜지는 중이거나 꺼져 있습니다. 잠시 후 다시 열어 주세요.',
    englishHint: 'It is starting, or switched off. Try again in a moment.',
  },
  'pages/down.html': {
    title: '잠시 점검 중입니다',
    english: 'We are back in a moment',
    hint: '호스팅된 사이트는 그대로 열립니다. 잠시 후 다시 열어 주세요.',
    englishHint: 'Hosted sites go on. Please try again shortly',
  },
};

/** The proxy's own files, by path relative to its configuration folder. */
export function renderProxy(variables: ProxyVariables): Record<string, string> {
  const rendered = Object.entries(pages).map(([path, texts]) => [path, render('proxy/page.html', texts)] as const);
  const { httpsPort } = variables;
  return {
    'nginx.conf': render('proxy/nginx.conf', {
      ...variables,
      headersFile: 'headers.conf',
      httpsPortInUrl: httpsPort === 443 ? '' : `:${httpsPort}`,
      dataPolicy,
      sitePolicy,
      pagesPolicy: `${dataPolicy}; style-src ${styleHashes(rendered.map(([, page]) => page))}; sandbox`,
      connectionsOfAddress,
      sshConnectionsOfAddress,
    }),
    'headers.conf': render('proxy/headers.conf', {}),
    'own-answers.conf': render('proxy/own-answers.conf', { ownHeaders }),
    'site.conf': render('proxy/site.conf', { siteHidden, sitePolicy }),
    'site.js': render('proxy/site.js', {}),
    'ssh.js': render('proxy/ssh.js', {}),
    'reload.sh': render('proxy/reload.sh', { ...variables }),
    ...Object.fromEntries(rendered),
  };
}

/** What a Content-Security-Policy calls the styles in pages. */
function styleHashes(documents: string[]): string {
  const styles = documents.flatMap((page) => [...page.matchAll(/<style>([^]*?)<\/style>/g)].map(([, style]) => style));
  const hashes = styles.map((style = '') => createHash('sha256').update(style).digest('base64'));
  return [...new Set(hashes)].map((hash) => `'sha256-${hash}'`).join(' ');
}
