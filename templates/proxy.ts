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
  /** Folder with `ids/`, `ports/`, `hosts/` and so on: see `templates/site.ts`. */
  sitesDirectory: string;
  /** Unix socket on which it tells workers what it reads. */
  controlSocket: string;
  /** The range of ports for the sites' SSH. */
  sshPortFirst: number;
  sshPortLast: number;
  /** PEM file with the service's own certificate, those above it, and the key. */
  certificate: string;
  /** The same for all hosts below `sitesDomain`, where the operator has one; there need be none. */
  sitesCertificate: string;
  /** Unix user of the worker processes, and their group, which is that of whoever writes sites' certificates. */
  user: string;
  group: string;
  httpPort: number;
  httpsPort: number;
  httpsRedirect: HttpsRedirect;
  /** The port of HTTPS in addresses, which is another one's where a proxy stands in front; `httpsPort` by default. */
  publicHttpsPort?: number;
  /** Networks of proxies in front of this one, whose word on their clients counts. */
  trustedProxies?: string[];
  /** Ports on which they speak the PROXY protocol, beside those above. */
  proxyProtocolPorts?: { http: number; https: number } | undefined;
  /** The host of `PUBLIC_URL`. */
  publicHost: string;
  /** The domain below which each site has a host; empty where none has. */
  sitesDomain: string;
  /** Whether visitors who come by a site's path are sent on to its host. */
  redirectPaths?: boolean;
  /** The host name by which the api and the workers reach the proxy, without being sent on to HTTPS. */
  internalHost: string;
  /** Host and port of the api. */
  api: string;
  /** Unix socket of the activator, which has machines woken. */
  activatorSocket: string;
  /** Seconds after which the activator itself gives up: `BOOT_TIMEOUT_SECONDS`. */
  wakeSeconds: number;
  /** Seconds that a site may take to say something; for tests, which cannot wait. */
  answerSeconds?: number;
  /** Whether it runs in a container, whose engine keeps the logs and sets the limits. */
  inContainer: boolean;
}

/** How many connections one client address may have at a time, to all of HTTP and to all of SSH. */
const connectionsOfAddress = 1_000;
/** How many to one hosting's SSH. */
const sshConnectionsOfAddress = 50;

/** Seconds that a site may take to say something. */
const answerSeconds = 600;
/** Seconds that a WebSocket may be silent. */
const webSocketSeconds = 3_600;
/** Seconds more than the activator may take, so that its own word is heard. */
const wakeMargin = 5;
/** Seconds that who opens a page of a site that sleeps looks at nothing, before a page of ours says so. */
const pageSeconds = 3;
/** Seconds until that page tries again. */
const refreshSeconds = 2;
/** What a visitor may send to a site at a time, in MB. */
const bodyMegabytes = 100;

const pages = {
  missing: {
    // While a hosting is being made the proxy does not know it yet.
    title: '이 주소에는 아직 사이트가 없습니다',
    english: 'There is no site here yet',
    hint: '지금 만들고 있는 사이트라면 준비되는 대로 이 주소에서 열립니다. 아니라면 주소를 확인해 주세요.',
    englishHint: 'If it is being created, it opens here as soon as it is ready. If not, check the address.',
  },
  nobodys: {
    title: '이 이름으로 된 사이트가 없습니다',
    english: 'No site has this name',
    hint: '주소를 확인해 주세요. 이 서비스의 주소라면 운영자가 PUBLIC_URL에 적어야 합니다.',
    englishHint: 'Check the address. If it is this service’s own, its operator names it in PUBLIC_URL.',
  },
  suspended: {
    title: '정지된 사이트입니다',
    english: 'This site is suspended',
    hint: '운영자가 이 사이트를 정지했습니다. 사이트 주인이라면 운영자에게 문의해 주세요.',
    englishHint: 'The operator has suspended it. If it is yours, ask the operator.',
  },
  waking: {
    title: '사이트가 깨어나는 중입니다',
    english: 'This site is waking up',
    hint: '한동안 방문자가 없어 쉬고 있었습니다. 준비되는 대로 이 주소에서 저절로 열립니다.',
    englishHint: 'Nobody had visited it for a while. It opens here by itself as soon as it is ready.',
  },
  asleep: {
    title: '지금은 사이트를 깨울 수 없습니다',
    english: 'This site cannot be woken at the moment',
    hint: '한동안 방문자가 없어 쉬고 있었고, 지금은 서버가 깨우지 못했습니다. 잠시 후 다시 열어 주세요.',
    englishHint: 'Nobody had visited it for a while, and the server failed to wake it. Try again in a moment.',
  },
  full: {
    title: '지금은 서버에 빈자리가 없습니다',
    english: 'The server is full at the moment',
    hint: '쉬고 있던 사이트를 깨울 메모리가 없습니다. 다른 사이트가 쉬기 시작하면 열립니다. 잠시 후 다시 열어 주세요.',
    englishHint: 'This site slept, and there is no memory to wake it until others sleep. Try again in a moment.',
  },
  wakes: {
    title: '쉬고 있는 사이트를 너무 많이 열었습니다',
    english: 'Too many sleeping sites were opened from your address',
    hint: '방문자가 없어 쉬는 사이트는 한 곳에서 한 시간에 몇 번까지만 깨울 수 있습니다. 잠시 후 다시 열어 주세요. 다른 사이트는 그대로 열립니다.',
    englishHint: 'Each wakes only so many of them in an hour. Try again later; sites that are awake open as always.',
  },
  unreachable: {
    title: '사이트가 응답하지 않습니다',
    english: 'This site does not answer',
    hint: '켜지는 중이거나 꺼져 있습니다. 잠시 후 다시 열어 주세요.',
    englishHint: 'It is starting, or switched off. Try again in a moment.',
  },
  slow: {
    title: '사이트의 응답이 너무 느립니다',
    english: 'This site is too slow',
    hint: `${answerSeconds / 60}분 동안 아무것도 보내지 않아 기다리기를 멈췄습니다.`,
    englishHint: `It sent nothing for ${answerSeconds / 60} minutes, so we stopped waiting.`,
  },
  headers: {
    title: '사이트의 응답 헤더가 너무 큽니다',
    english: 'The headers of this site are too large',
    hint: '응답 헤더는 모두 합해 16 kB까지입니다. 사이트 주인이라면 쿠키나 Link, Content-Security-Policy를 줄여 주세요.',
    englishHint:
      'All headers of an answer may have 16 kB. If it is yours, make cookies, Link or Content-Security-Policy shorter.',
  },
  large: {
    title: '올리려는 파일이 너무 큽니다',
    english: 'This upload is too large',
    hint: `이 서비스는 한 번에 ${bodyMegabytes} MB까지 받습니다. 사이트가 아니라 서비스의 한도이며, 더 큰 파일은 SFTP로 올릴 수 있습니다.`,
    englishHint: `This service takes ${bodyMegabytes} MB at a time. It is not the site’s limit; what is larger can come by SFTP.`,
  },
  down: {
    title: '잠시 점검 중입니다',
    english: 'We are back in a moment',
    hint: '호스팅된 사이트는 그대로 열립니다. 잠시 후 다시 열어 주세요.',
    englishHint: 'Hosted sites go on. Please try again shortly',
  },
};

/** The pages that are short texts for whoever does not ask for a page. */
const forPrograms = ['missing', 'waking', 'asleep', 'full', 'wakes'] as const;

/** The proxy's own files, by path relative to its configuration folder. */
export function renderProxy(variables: ProxyVariables): Record<string, string> {
  const rendered = Object.entries(pages).map(
    ([name, texts]) => [`pages/${name}.html`, render('proxy/page.html', texts)] as const,
  );
  const texts = forPrograms.map((name) => [`pages/${name}.txt`, render('proxy/page.txt', pages[name])] as const);
  const { httpsPort, publicHttpsPort = httpsPort, trustedProxies = [], proxyProtocolPorts = null } = variables;
  const { redirectPaths = false } = variables;
  const common = {
    ...variables,
    headersFile: 'headers.conf',
    publicHttpsPort,
    trustedProxies,
    redirectPaths,
    httpsPortInUrl: publicHttpsPort === 443 ? '' : `:${publicHttpsPort}`,
    proxyProtocolPorts,
    dataPolicy,
    sitePolicy,
    answerSeconds: variables.answerSeconds ?? answerSeconds,
    webSocketSeconds,
    wakeSeconds: variables.wakeSeconds + wakeMargin,
    pageSeconds,
    refreshSeconds,
    bodyMegabytes,
    pagesPolicy: `${dataPolicy}; style-src ${styleHashes(rendered.map(([, page]) => page))}; sandbox`,
  };
  return {
    'nginx.conf': render('proxy/nginx.conf', { ...common, connectionsOfAddress, sshConnectionsOfAddress }),
    'hosts.conf': render('proxy/hosts.conf', common),
    'guest.conf': render('proxy/guest.conf', common),
    'host.conf': render('proxy/host.conf', {}),
    'asleep.conf': render('proxy/asleep.conf', {}),
    'wake.conf': render('proxy/wake.conf', common),
    'activator.conf': render('proxy/activator.conf', common),
    'not-woken.conf': render('proxy/not-woken.conf', common),
    'wake.js': render('proxy/wake.js', common),
    'pages.conf': render('proxy/pages.conf', common),
    'path.conf': render('proxy/path.conf', common),
    'headers.conf': render('proxy/headers.conf', {}),
    'own-answers.conf': render('proxy/own-answers.conf', { ownHeaders }),
    'site.conf': render('proxy/site.conf', { siteHidden, sitePolicy }),
    'clients.conf': render('proxy/clients.conf', common),
    'control.js': render('proxy/control.js', {}),
    'routes.js': render('proxy/routes.js', { ...variables }),
    'tls.conf': render('proxy/tls.conf', {}),
    'certificate.conf': render('proxy/certificate.conf', { ...variables }),
    'certificates.js': render('proxy/certificates.js', { ...variables }),
    'challenges.conf': render('proxy/challenges.conf', {}),
    'challenges.js': render('proxy/challenges.js', {}),
    'take-certificate.sh': render('proxy/take-certificate.sh', { ...variables }),
    'site.js': render('proxy/site.js', { ...variables }),
    'ssh.js': render('proxy/ssh.js', {}),
    'start.sh': render('proxy/start.sh', { ...variables, proxyProtocolPorts }),
    'taken-ports.pl': render('proxy/taken-ports.pl', {}),
    'reload.sh': render('proxy/reload.sh', { ...variables }),
    ...Object.fromEntries([...rendered, ...texts]),
  };
}

/** What a Content-Security-Policy calls the styles in pages. */
function styleHashes(documents: string[]): string {
  const styles = documents.flatMap((page) => [...page.matchAll(/<style>([^]*?)<\/style>/g)].map(([, style]) => style));
  const hashes = styles.map((style = '') => createHash('sha256').update(style).digest('base64'));
  return [...new Set(hashes)].map((hash) => `'sha256-${hash}'`).join(' ');
}
