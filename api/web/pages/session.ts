import type { ApiAnswer } from '../api-client.ts';
import { clearSessionCookie, setSessionCookie } from '../cookies.ts';
import { emptyForm, type FormState, refusedForm } from '../failures.ts';
import type { PageRoute } from '../route.ts';
import type { Visit } from '../visit.ts';
import { readNames } from './names.ts';

/** What the page of the log-in begins by saying, by the query that leads to it. */
const notices = { over: 'sessionOver', out: 'loggedOut', everywhere: 'everywhereDone' } as const;

function showLogIn(visit: Visit, form: FormState = emptyForm, status = 200): Promise<void> {
  const notice = Object.entries(notices).find(([name]) => visit.parameter(name))?.[1] ?? null;
  return visit.page('log-in', { form, notice }, status);
}

function showSignUp(visit: Visit, form: FormState = emptyForm, status = 200): Promise<void> {
  return visit.page('sign-up', { form }, status);
}

/** Logs in by the API; the cookie keeps the refresh token, which stays as it is. */
async function logIn(visit: Visit, email: string, password: string): Promise<ApiAnswer> {
  const answer = await visit.call('POST', '/auth/login', { form: { username: email, password } });
  if (answer.ok)
    setSessionCookie(visit.ctx, String(answer.body['refresh_token']), Number(answer.body['refresh_expires_in']));
  return answer;
}

const logInPage: PageRoute = {
  method: 'get',
  path: '/login',
  access: 'public',
  handle: async (visit) => {
    if (visit.session) visit.goTo('/hosting');
    else await showLogIn(visit);
  },
};

const logInForm: PageRoute = {
  method: 'post',
  path: '/login',
  access: 'public',
  handle: async (visit) => {
    const { email = '', password = '' } = visit.form;
    const answer = await logIn(visit, email, password);
    if (answer.ok) visit.goTo('/hosting');
    else await showLogIn(visit, refusedForm(answer, { email }, visit.language), answer.status);
  },
};

const signUpPage: PageRoute = {
  method: 'get',
  path: '/signup',
  access: 'public',
  handle: async (visit) => {
    if (visit.session) visit.goTo('/hosting');
    else await showSignUp(visit);
  },
};

const signUpForm: PageRoute = {
  method: 'post',
  path: '/signup',
  access: 'public',
  handle: async (visit) => {
    const { email = '', password = '' } = visit.form;
    const names = readNames(visit);
    const answer = await visit.call('POST', '/auth/register', { json: { email, password, ...names } });
    if (!answer.ok) {
      const shown = { email, username: names.username, site_name: names.site_name ?? '' };
      return showSignUp(visit, refusedForm(answer, shown, visit.language), answer.status);
    }
    const { ok } = await logIn(visit, email, password);
    visit.goTo(ok ? '/hosting' : '/login');
  },
};

const logOut: PageRoute = {
  method: 'post',
  path: '/logout',
  access: 'public',
  handle: async (visit) => {
    if (visit.session) await visit.data('POST', '/auth/logout');
    clearSessionCookie(visit.ctx);
    visit.goTo('/login?out=1');
  },
};

export const sessionPages = [logInPage, logInForm, signUpPage, signUpForm, logOut];
