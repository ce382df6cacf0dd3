import type { ApiAnswer } from '../api-client.ts';
import { clearSessionCookie, readDeviceCookie, setDeviceCookie, setSessionCookie } from '../cookies.ts';
import { emptyForm, type FormState, refusedForm } from '../failures.ts';
import { formatDuration } from '../format.ts';
import { get, post } from '../route.ts';
import type { Visit } from '../visit.ts';
import { returnPath } from '../return-path.ts';
import { readNames } from './names.ts';

/** What the page of the log-in begins by saying, by the query that leads to it. */
const notices = { over: 'sessionOver', out: 'loggedOut', everywhere: 'everywhereDone', back: 'logInFirst' } as const;

/** How long a log-in lasts without "stay logged in". */
function shortTime({ web, language }: Visit): string {
  return formatDuration(web.services.config.SHORT_LIFETIME_SECONDS, language);
}

function showLogIn(visit: Visit, form: FormState = emptyForm, status = 200): Promise<void> {
  const notice = Object.entries(notices).find(([name]) => visit.parameter(name))?.[1] ?? null;
  const back = visit.form['back'] ?? visit.parameter('back');
  return visit.page('log-in', { form, notice, back, shortTime: shortTime(visit) }, status);
}

function showSignUp(visit: Visit, form: FormState = emptyForm, status = 200): Promise<void> {
  return visit.page('sign-up', { form, shortTime: shortTime(visit) }, status);
}

/** Logs in by the API with what was filled in; the cookie keeps the refresh token, which stays as it is. */
async function logIn(visit: Visit): Promise<ApiAnswer> {
  const { email = '', password = '', stay } = visit.form;
  const device = readDeviceCookie(visit.ctx);
  const stays = stay === 'yes';
  const form = {
    username: email,
    password,
    stay_logged_in: String(stays),
    ...(device !== undefined && { device_token: device }),
  };
  const answer = await visit.call('POST', '/auth/login', { form });
  if (!answer.ok) return answer;
  const { refresh_token: token, refresh_expires_in: seconds, device_token: known } = answer.body;
  setSessionCookie(visit.ctx, String(token), stays ? Number(seconds) : null);
  setDeviceCookie(visit.ctx, String(known));
  return answer;
}

const logInPage = get('/login', 'public', async (visit) => {
  if (visit.session) visit.goTo(returnPath(visit.parameter('back'), '/hosting'));
  else await showLogIn(visit);
});

const logInForm = post('/login', 'public', async (visit) => {
  const { email = '', stay = '', back = '' } = visit.form;
  const answer = await logIn(visit);
  if (answer.ok) visit.goTo(returnPath(back, '/hosting'));
  else await showLogIn(visit, refusedForm(answer, { email, stay }, visit.language), answer.status);
});

const signUpPage = get('/signup', 'public', async (visit) => {
  if (visit.session) visit.goTo('/hosting');
  else await showSignUp(visit);
});

/** Whether the email is taken by the visitor, who is logged in then: they pressed the button twice, or have forgotten. */
async function isTheirOwn(visit: Visit, { code, details }: ApiAnswer): Promise<boolean> {
  const isTaken = code === 'ACCOUNT_TAKEN' && (details as { fields: string[] }).fields.includes('email');
  return isTaken && (await logIn(visit)).ok;
}

const signUpForm = post('/signup', 'public', async (visit) => {
  const { email = '', password = '', stay = '' } = visit.form;
  const names = readNames(visit);
  const answer = await visit.call('POST', '/auth/register', { json: { email, password, ...names } });
  if (answer.ok) {
    const { ok } = await logIn(visit);
    visit.goTo(ok ? '/hosting' : '/login');
  } else if (await isTheirOwn(visit, answer)) {
    visit.goTo('/hosting');
  } else {
    const shown = { email, username: names.username, site_name: names.site_name ?? '', stay };
    await showSignUp(visit, refusedForm(answer, shown, visit.language), answer.status);
  }
});

const logOut = post('/logout', 'public', async (visit) => {
  if (visit.session) await visit.data('POST', '/auth/logout');
  clearSessionCookie(visit.ctx);
  visit.goTo('/login?out=1');
});

export const sessionPages = [logInPage, logInForm, signUpPage, signUpForm, logOut];
