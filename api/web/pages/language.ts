import { setLanguageCookie } from '../cookies.ts';
import type { PageRoute } from '../route.ts';

/** A path of ours, and of no site. None has a `%`, behind which the proxy would see another path. */
const ourPath = /^\/(?![\d/])[\w\-./]*$/;

/** Where a visitor goes back to: whoever leads them here must not lead them elsewhere. */
function wayBack(back: string): string {
  // As a browser would read it, with its dots and backslashes.
  const url = URL.parse(back, 'http://x');
  return url?.host === 'x' && ourPath.test(url.pathname) ? `${url.pathname}${url.search}` : '/';
}

const choose: PageRoute = {
  method: 'post',
  path: '/language',
  access: 'public',
  handle: (visit) => {
    const { language, back = '' } = visit.form;
    if (language === 'ko' || language === 'en') setLanguageCookie(visit.ctx, language);
    visit.goTo(wayBack(back));
    return Promise.resolve();
  },
};

export const languagePages = [choose];
