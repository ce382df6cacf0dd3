import { setLanguageCookie } from '../cookies.ts';
import type { PageRoute } from '../route.ts';

/** A path of this host, and of no site: whoever leads a visitor here must not lead them elsewhere. */
const ourPath = /^\/(?![\d/\\])[\w\-./?=&%]*$/;

const choose: PageRoute = {
  method: 'post',
  path: '/language',
  access: 'public',
  handle: (visit) => {
    const { language, back = '' } = visit.form;
    if (language === 'ko' || language === 'en') setLanguageCookie(visit.ctx, language);
    visit.goTo(ourPath.test(back) ? back : '/');
    return Promise.resolve();
  },
};

export const languagePages = [choose];
