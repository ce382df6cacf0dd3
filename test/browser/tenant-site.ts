import type { IncomingHttpHeaders, RequestListener } from 'node:http';

/** What arrived at the tenant's web server. */
export const arrived: { url: string; headers: IncomingHttpHeaders }[] = [];

const page = (title: string, rest: string) => `<!doctype html><html><head><title>${title}</title>${rest}</head></html>`;

const files: Record<string, { type: string; body: string; headers?: Record<string, string | string[]> }> = {
  '/': { type: 'text/html', body: page('hostile', '<script>globalThis.ran = true</script>') },
  '/worker.js': { type: 'text/javascript', body: '', headers: { 'Service-Worker-Allowed': '/' } },
  '/tossed': {
    type: 'text/html',
    body: page('tossed', ''),
    headers: { 'Set-Cookie': ['webhoster_session=tossed; Path =/', 'bloat=1; Path=/1/; Path=/; Domain=localhost'] },
  },
  '/cleared': {
    type: 'text/html',
    body: page('cleared', ''),
    headers: { 'Clear-Site-Data': '"cookies", "storage"' },
  },
  // What a usual site does.
  '/usual/': {
    type: 'text/html',
    body: page('usual', '<script type="module" src="module.js"></script>'),
    headers: { 'Set-Cookie': 'visits=1' },
  },
  '/usual/module.js': {
    type: 'text/javascript',
    body: "const { text } = await (await fetch('data.json')).json(); document.title = text;",
  },
  '/usual/data.json': { type: 'application/json', body: '{"text": "module and data"}' },
  '/usual/next': { type: 'text/html', body: page('next', '') },
};

/** The web server of a tenant who wants what visitors have of the interface. */
export const tenantSite: RequestListener = (request, response) => {
  const { url = '', headers } = request;
  arrived.push({ url, headers });
  const file = files[url];
  if (!file) response.writeHead(404).end();
  else response.writeHead(200, { 'Content-Type': file.type, ...file.headers }).end(file.body);
};
