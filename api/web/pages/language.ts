import { setLanguageCookie } from '../cookies.ts';
import { post } from '../route.ts';
import { returnPath } from '../return-path.ts';

const choose = post('/language', 'public', (visit) => {
  const { language, back = '' } = visit.form;
  if (language === 'ko' || language === 'en') setLanguageCookie(visit.ctx, language);
  visit.goTo(returnPath(back, '/'));
  return Promise.resolve();
});

export const languagePages = [choose];
