// What a hostile page at a site's host tries. Each script does it to one origin, and works where that is its own.
import type { RequestListener } from 'node:http';
import { readFrame, readWindow } from './attempts.ts';
import { arrived } from './tenant-site.ts';

/** Each comes to a value that is not empty, or fails where the browser stops it. @param target an origin */
export const reaching: Record<string, (target: string) => string> = {
  'reads a page': (target) => `fetch('${target}/account', { credentials: 'include' }).then((answer) => answer.text())`,
  'reads an answer of the api': (target) =>
    `fetch('${target}/api/v1/health', { credentials: 'include' }).then((answer) => answer.text())`,
  'follows a stream': (target) => `new Promise((resolve, reject) => {
    const source = new EventSource('${target}/hosting/events', { withCredentials: true });
    source.onmessage = ({ data }) => { source.close(); resolve(data); };
    source.onerror = () => { source.close(); reject(new Error('It is out of reach.')); };
  })`,
  'has an answer in its process': (target) =>
    `fetch('${target}/api/v1/health', { mode: 'no-cors', credentials: 'include' }).then(({ type }) => type)`,
  'reaches into a window': (target) =>
    readWindow(`${target}/login`, `try { document.domain = new URL('${target}').hostname; } catch {}`),
  'reaches into a frame': (target) => readFrame(`${target}/login`),
  'has a service worker': (target) =>
    `navigator.serviceWorker.register('${target}/worker.js').then(({ scope }) => scope)`,
  'shows an address': (target) => `history.pushState(null, '', '${target}/login') ?? location.href`,
};

/** Ways to have the browser ask for a change. @param target an origin */
export const changing: Record<string, { script: (target: string) => string; leaves: boolean }> = {
  'a form': {
    script: (target) => `const form = document.createElement('form');
      form.method = 'post';
      form.action = '${target}/logout?attempt';
      document.documentElement.append(form);
      HTMLFormElement.prototype.submit.call(form);`,
    leaves: true,
  },
  'a request whose answer it may not read': {
    script: (target) =>
      `fetch('${target}/logout?attempt', { method: 'POST', mode: 'no-cors', credentials: 'include' }).then(
        () => undefined, () => undefined)`,
    leaves: false,
  },
};

/** Cookies that a hostile page, or its server, sets for a whole domain. */
export const tossed = (value: string, domain: string): string[] =>
  ['webhoster-session', '__Host-webhoster-session', '__Secure-webhoster-session'].flatMap((name) => [
    `${name}=${value}; Domain=${domain}; Path=/`,
    `${name}=${value}; Domain=${domain}; Path=/; Secure`,
    `${name}=${value}; Domain=${domain}; Path=/account; Secure`,
  ]);

/** The web server of a tenant with a host of their own. It sets the cookies that its address says. */
export const hostileSite: RequestListener = (request, response) => {
  const { url = '', headers } = request;
  arrived.push({ url, headers });
  const { pathname, searchParams } = new URL(url, 'http://site');
  if (pathname === '/clearing') response.setHeader('Clear-Site-Data', '"cache", "cookies", "storage"');
  if (pathname === '/clearing-all') response.setHeader('Clear-Site-Data', '"*"');
  if (searchParams.has('cookie')) response.setHeader('Set-Cookie', searchParams.getAll('cookie'));
  if (pathname === '/hosting/events')
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end('data: its own\n\n');
  else if (pathname === '/worker.js') response.writeHead(200, { 'Content-Type': 'text/javascript' }).end();
  else response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>hostile</title>');
};
