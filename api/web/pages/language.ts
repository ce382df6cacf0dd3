import { setLanguageCookie } from '../cookies.ts';
import type { PageRoute } from '../route.ts';
import { wayBack } from '../way-back.ts';

const choose: PageRoute = {
  method: 'post',
  path: '/language',
  access: 'public',
  handle: (visit) => {
    const { language, back = '' } = visit.form;
    if (language === 'ko' || language === 'en') setLanguageCookie(visit.ctx, language);
    visit.goTo(wayBack(back, '/'));
    return Promise.resolve();
  },
};

export const languagePages = [choose];
