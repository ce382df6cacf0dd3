/** A path of ours, and of no site. None has a `%`, behind which the proxy would see another path. */
const ourPath = /^\/(?![\d/])[\w\-./]*$/;

/** Where a visitor goes back to: whoever leads them here must not lead them elsewhere. @param otherwise where that is nowhere */
export function returnPath(back: string, otherwise: string): string {
  // As a browser would read it, with its dots and backslashes.
  const url = URL.parse(back, 'http://x');
  return url?.host === 'x' && back !== '' && ourPath.test(url.pathname) ? `${url.pathname}${url.search}` : otherwise;
}
