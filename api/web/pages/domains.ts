import { NotFoundError } from '../../errors.ts';
import { refusedForm } from '../failures.ts';
import { post } from '../route.ts';
import type { Visit } from '../visit.ts';
import { action, done, refused } from './hosting.ts';

const add = post('/hosting/domains', 'user', async (visit) => {
  const { name = '' } = visit.form;
  const answer = await visit.call('POST', '/host/my/domains', { json: { name } });
  if (answer.ok) await done(visit);
  else await refused(visit, answer.status, { domain: refusedForm(answer, { name }, visit.language) });
});

/** The call that is about the domain in the page's own path. */
function callOf(visit: Visit): string {
  const name = visit.parameter('name');
  // In a path, dots would lead to another call: the one that deletes the hosting.
  if (!/^[a-z0-9][a-z0-9.-]*$/.test(name)) throw new NotFoundError();
  return `/host/my/domains/${name}`;
}

const check = action('/hosting/domains/:name/check', (visit) => visit.call('POST', `${callOf(visit)}/check`));
const remove = action('/hosting/domains/:name/remove', (visit) => visit.call('DELETE', callOf(visit)));

export const domainPages = [add, check, remove];
