import { setLanguageCookie } from '../cookies.ts';
import type { PageRoute } from '../route.ts';
import { returnPath } from '../return-path.ts';

const choose: PageRoute = {
  method: 'post',
  path: '/language',
  access: 'public',
  handle: (visit) => {
    const { language, back = '' } = visit.form;
    if (language === 'ko' || language === 'en') setLanguageCookie(visit.ctx, language);
    visit.goTo(returnPath(back, '/'));
    return Promise.resolve();
  },
};

export const languagePages = [choose];
