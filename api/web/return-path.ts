/** A path of our own pages, not of a site. Without `%`, which the proxy would decode into another path. */
const ourPath = /^\/(?![\d/])[\w\-./]*$/;

/** Where a visitor goes back to; nobody must be able to send them to another host. @param otherwise where they go without a proper path */
export function returnPath(back: string, otherwise: string): string {
  // Dots and backslashes are resolved as a browser would.
  const url = URL.parse(back, 'http://x');
  return url?.host === 'x' && back !== '' && ourPath.test(url.pathname) ? `${url.pathname}${url.search}` : otherwise;
}
