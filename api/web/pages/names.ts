import { texts } from '../../../templates/web/texts.ts';
import { refusedForm } from '../failures.ts';
import { get, post } from '../route.ts';
import type { Visit } from '../visit.ts';
import { showAccount } from './account.ts';

/** What a form says somebody and their site are called; spaces at the ends are slips. An empty site name is none. */
export function readNames({ form }: Visit): { username: string; site_name?: string } {
  const [username = '', siteName = ''] = [form['username'], form['site_name']].map((text) => text?.trim());
  return { username, ...(siteName && { site_name: siteName.toLowerCase() }) };
}

interface SiteName {
  name: string;
  state: 'free' | 'taken' | 'reserved' | 'invalid';
  suggestion: string | null;
}

/** What a visitor is told of a site name while they type. */
async function describe(visit: Visit, typed: string): Promise<string> {
  const { account: t } = texts[visit.language];
  const { ok, data } = await visit.call<{ site_name: SiteName }>('GET', `/site-names/${encodeURIComponent(typed)}`);
  if (!ok) return '';
  const { state, name, suggestion } = data.site_name;
  if (visit.session && (await visit.me()).site_name === name) return t.siteName_mine;
  const sentences = [t[`siteName_${state}`].replace('{name}', name)];
  // The call is anybody's, and does not know whose name it was.
  if (state === 'taken' && visit.session) sentences.push(t.siteNameBack);
  if (suggestion) sentences.push(t.siteNameSuggestion.replace('{name}', suggestion));
  return sentences.join(' ');
}

const check = get('/site-name', 'public', async (visit) => {
  const typed = visit.parameter('name').trim().toLowerCase();
  visit.ctx.type = 'text';
  // In a path, dots would lead to another call.
  visit.ctx.body = /^\.*$/.test(typed) ? '' : await describe(visit, typed);
});

const change = post('/account/names', 'user', async (visit) => {
  const names = readNames(visit);
  const answer = await visit.call('PATCH', '/auth/me', { json: names });
  if (answer.ok) return visit.goTo('/account?changed=names');
  const shown = { username: names.username, site_name: names.site_name ?? '' };
  await showAccount(visit, { names: refusedForm(answer, shown, visit.language) }, answer.status);
});

export const namePages = [check, change];
