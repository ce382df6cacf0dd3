import { clearSessionCookie } from '../cookies.ts';
import { emptyForm, explain, type FormState, refusedForm } from '../failures.ts';
import { moment } from '../format.ts';
import { forgetPassword } from '../kept-password.ts';
import { get, post } from '../route.ts';
import type { Visit } from '../visit.ts';

interface AccountForms {
  names?: FormState;
  password?: FormState;
  deletion?: FormState;
}

/** What the page begins by saying, by the query that leads to it. */
const notices: Record<string, 'passwordChanged' | 'namesChanged'> = { '1': 'passwordChanged', names: 'namesChanged' };

export async function showAccount(visit: Visit, forms: AccountForms = {}, status = 200): Promise<void> {
  const me = await visit.me();
  const { username, site_name } = me;
  const asNow = { ...emptyForm, values: { username, site_name } };
  const { names = asNow, password = emptyForm, deletion = emptyForm } = forms;
  const changed = notices[visit.parameter('changed')] ?? null;
  const variables = { names, passwordForm: password, deletion, changed, since: moment(me.created_at) };
  await visit.page('account', variables, status);
}

const show = get('/account', 'user', (visit) => showAccount(visit));

const changePassword = post('/account/password', 'user', async (visit) => {
  const { current_password = '', new_password = '' } = visit.form;
  const answer = await visit.call('POST', '/auth/password', { json: { current_password, new_password } });
  if (answer.ok) visit.goTo('/account?changed=1');
  else await showAccount(visit, { password: refusedForm(answer, {}, visit.language) }, answer.status);
});

const logOutEverywhere = post('/account/log-out-everywhere', 'user', async (visit) => {
  await visit.data('DELETE', '/auth/sessions');
  clearSessionCookie(visit.ctx);
  visit.goTo('/login?everywhere=1');
});

const deleteAccount = post('/account/delete', 'user', async (visit) => {
  const { password = '' } = visit.form;
  const answer = await visit.call('DELETE', '/auth/me', { json: { password } });
  if (!answer.ok) {
    const sentence = explain(answer, visit.language);
    const errors = ['WRONG_PASSWORD', 'VALIDATION_FAILED'].includes(answer.code) ? { password: sentence } : {};
    return showAccount(visit, { deletion: { values: {}, errors, summary: sentence } }, answer.status);
  }
  clearSessionCookie(visit.ctx);
  forgetPassword(visit);
  visit.goTo(answer.status === 202 ? '/goodbye?hosting=1' : '/goodbye');
});

const goodbye = get('/goodbye', 'public', async (visit) => {
  // Who is logged in has an account, and is not told that it is gone.
  if (visit.session) visit.goTo('/hosting');
  else await visit.page('goodbye', { hostingFollows: visit.parameter('hosting') !== '' });
});

export const accountPages = [show, changePassword, logOutEverywhere, deleteAccount, goodbye];
