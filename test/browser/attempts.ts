import type { Page } from 'playwright-core';

/**
 * Reads another page in a window. Before that is there, the window shows an empty one of the opener's own.
 * @param first what is tried before
 */
export const readWindow = (url: string, first = '') => `new Promise((resolve, reject) => {
    ${first}
    const opened = window.open('${url}');
    const look = () => {
      try {
        if (opened.closed) throw new Error('It is out of reach.');
        if (opened.document.URL !== 'about:blank') resolve(opened.document.URL);
        else setTimeout(look, 20);
      } catch (error) {
        reject(error);
      }
    };
    look();
  })`;

/** Reads another page in a frame. */
export const readFrame = (url: string) => `new Promise((resolve, reject) => {
    const frame = document.createElement('iframe');
    frame.src = '${url}';
    frame.onload = () => (frame.contentDocument ? resolve(frame.contentDocument.URL) : reject(new Error('It is out of reach.')));
    document.documentElement.append(frame);
  })`;

/** Scripts of a tenant's page. Each comes to a value that is not empty, or fails where the browser stops it. */
export const scripts = {
  'reads a page of the interface': `fetch('/docs', { credentials: 'include' }).then((answer) => answer.text())`,
  'reads an answer of the api': `fetch('/api/v1/health', { credentials: 'include' }).then((answer) => answer.text())`,
  'asks the api for a change': `fetch('/api/v1/host', { method: 'POST', credentials: 'include' }).then((answer) => answer.text())`,
  'reads cookies': `document.cookie`,
  'sets a cookie': `document.cookie = 'set=by-script; path=/'`,
  'reads what the interface stored': `localStorage.getItem('webhoster')`,
  'opens a database of the interface': `indexedDB.open('webhoster').readyState`,
  'registers a service worker for all': `navigator.serviceWorker.register('/1/worker.js', { scope: '/' }).then(({ scope }) => scope)`,
  'reaches into a window of the interface': readWindow('/api/v1/health'),
  'reaches into a frame of the interface': readFrame('/api/v1/health'),
};

interface Sending {
  script: string;
  /** What the script's request does to the page. */
  leaves: boolean;
}

/** Ways for a tenant's page to have the browser send a request to the api: its address has `attempt` in it. */
export const sendings: Record<string, Sending> = {
  'a form': {
    script: `const form = document.createElement('form');
      form.method = 'post';
      form.action = '/api/v1/auth/login?attempt';
      document.documentElement.append(form);
      form.submit();`,
    leaves: true,
  },
  'a link': { script: `location.assign('/api/v1/health?attempt')`, leaves: true },
  'an image': {
    script: `new Promise((resolve) => {
      const image = new Image();
      image.onerror = image.onload = resolve;
      image.src = '/api/v1/health?attempt';
    }).then(() => undefined)`,
    leaves: false,
  },
  'a request whose answer it may not read': {
    script: `fetch('/api/v1/auth/login?attempt', { method: 'POST', mode: 'no-cors', credentials: 'include' }).then(
      () => undefined, () => undefined)`,
    leaves: false,
  },
};

/** Runs it, and returns when the request was answered. */
export async function send(page: Page, { script, leaves }: Sending): Promise<void> {
  await Promise.all([leaves && page.waitForURL(/attempt/), page.evaluate(script)]);
}
