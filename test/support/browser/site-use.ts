// What people do at a site that is more than pages; scripts of its page are for `page.evaluate`. All of it needs an origin of its own.
import type { Page, Response } from 'playwright-core';
import { visitPage } from './browser.ts';

/** A service worker that answers one address itself, once it is in charge of the pages. */
export const serviceWorker = `addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => {
  if (event.request.url.endsWith('/from-worker')) event.respondWith(new Response('by the worker'));
});`;

/** Has `worker.js` beside the page, which is {@link serviceWorker}, answer. Comes to `by the worker`. */
export const askServiceWorker = `navigator.serviceWorker.register('worker.js')
  .then(() => new Promise((resolve) => {
    if (navigator.serviceWorker.controller) resolve();
    navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true });
  }))
  .then(() => fetch('from-worker'))
  .then((answer) => answer.text())`;

/** Sends a short text over a WebSocket at `/echo`. Comes to what comes back. */
export const echo = (text: string): string => `new Promise((resolve, reject) => {
  const socket = new WebSocket('/echo');
  socket.onopen = () => socket.send(${JSON.stringify(text)});
  socket.onmessage = ({ data }) => resolve(data);
  socket.onerror = () => reject(new Error('It is closed.'));
})`;

/** What was sent, and what the site was told. */
export interface Uploaded {
  length: number;
  sha256: string;
  told: { length: number; sha256: string };
}

/** Sends bytes to `/upload`, which answers as {@link Uploaded}'s `told`. @param bytes a multiple of 4 */
export const upload = (bytes: number): string => `(async () => {
  const numbers = new Uint32Array(${bytes} / 4);
  for (let index = 0; index < numbers.length; index += 1) numbers[index] = index * 2654435761;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', numbers));
  const told = await (await fetch('/upload', { method: 'POST', body: numbers })).json();
  const sha256 = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return { length: numbers.byteLength, sha256, told };
})()`;

/**
 * Sends the form at `/log-in` of a site, and comes back to `/members` later.
 * @returns that page's title, which says whom the site takes the visitor for
 */
export async function logIn(page: Page, site: string): Promise<string> {
  await visitPage(page, `${site}/log-in`);
  const isAnswer = (response: Response) => response.request().method() === 'POST';
  await Promise.all([page.waitForResponse(isAnswer), page.click('button')]);
  await visitPage(page, `${site}/members`);
  return page.title();
}
