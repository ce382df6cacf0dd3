/** What browsers are told about answers that are Webhoster's own, by the api and by the proxy; sites have theirs. */
export const ownHeaders = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  // Under `no-referrer` our own forms would be sent with `Origin: null`, as those of strangers are.
  'Referrer-Policy': 'same-origin',
  'Permissions-Policy':
    'camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), midi=(), payment=(), usb=()',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // Answers are often one user's own, and sometimes hold a secret.
  'Cache-Control': 'no-store',
};

/** Content-Security-Policy of answers that are no pages. */
export const dataPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * Content-Security-Policy of a page of ours. `'self'` would let in scripts and styles from sites, which share the origin:
 * what may run or style bears the page's own nonce. Forms are sent to this host, and one page frames its visitor's site.
 * @param nonce new for each answer
 */
export function pagePolicy(nonce: string): string {
  const own = `'nonce-${nonce}'`;
  return `default-src 'none'; script-src ${own}; style-src ${own}; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-src 'self'; frame-ancestors 'none'`;
}

/**
 * Content-Security-Policy of everything below a site's path, beside the site's own. Without `allow-same-origin` its pages have
 * an origin of their own that matches nothing: no cookies, storage, service workers or pages of the interface.
 */
export const sitePolicy =
  'sandbox allow-downloads allow-forms allow-modals allow-orientation-lock allow-pointer-lock allow-popups ' +
  'allow-popups-to-escape-sandbox allow-presentation allow-scripts allow-top-navigation-by-user-activation';

/** Headers by which a site would speak for the whole origin, or have browsers hand over what is not for it. */
export const siteHidden = [
  'Accept-CH',
  'Alt-Svc',
  'Clear-Site-Data',
  'Critical-CH',
  'Expect-CT',
  'NEL',
  'Public-Key-Pins',
  'Report-To',
  'Reporting-Endpoints',
  'Secure-Session-Registration',
  'Service-Worker-Allowed',
  'Set-Login',
  'Strict-Transport-Security',
  'Use-As-Dictionary',
  // Answered anew, see `$site_challenge`.
  'WWW-Authenticate',
];
