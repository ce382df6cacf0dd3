import { z } from 'zod';
import { errors } from '../../../templates/web/texts/errors.ts';
import { renderWeb } from '../../../templates/web.ts';
import { NotFoundError, UnauthenticatedError } from '../../errors.ts';
import { eventStream, eventStreamHeaders } from '../../http/event-stream.ts';
import type { ApiAnswer } from '../api-client.ts';
import { emptyForm, type FormState, refusedForm } from '../failures.ts';
import { readHosting } from '../hosting-view.ts';
import { findKeptPassword, forgetPassword, keepPassword } from '../kept-password.ts';
import { get, post, type PageRoute } from '../route.ts';
import type { Visit } from '../visit.ts';

interface HostingForms {
  /** A refused action that has no fields. */
  notice?: string | null;
  create?: FormState;
  key?: FormState;
  domain?: FormState;
  deletion?: FormState;
}

/** All that the templates of the page take. */
async function variables(visit: Visit, forms: HostingForms = {}) {
  const { notice = null, create = emptyForm, key = emptyForm, domain = emptyForm, deletion = emptyForm } = forms;
  return { h: await readHosting(visit), notice, create, key, domain, deletion };
}

/** Answers an action: a live page with its new panel, others by sending them back to the page. */
export async function done(visit: Visit): Promise<void> {
  if (visit.isLive) visit.part('parts/panel', await variables(visit), { into: '#panel' });
  else visit.goTo('/hosting');
}

/** Shows the page again, with what was refused and why. */
export async function refused(visit: Visit, status: number, forms: HostingForms): Promise<void> {
  const all = await variables(visit, forms);
  if (visit.isLive) visit.part('parts/panel', all, { into: '#panel', status });
  else await visit.page('hosting', all, status);
}

const show = get('/hosting', 'user', async (visit) => visit.page('hosting', await variables(visit)));

const create = post('/hosting', 'user', async (visit) => {
  const publicKey = visit.form['ssh_public_keys']?.trim() ?? '';
  const json = publicKey ? { ssh_public_keys: [publicKey] } : {};
  const answer = await visit.call<PasswordData>('POST', '/host', { json });
  if (!answer.ok) {
    const form = refusedForm(answer, { ssh_public_keys: publicKey }, visit.language);
    return refused(visit, answer.status, { create: form });
  }
  await tellPassword(visit, answer.data);
});

interface PasswordData {
  ssh_password?: string;
  operation: { id: string };
}

/** Answers what may have brought a password, which takes the place of one before. */
async function tellPassword(visit: Visit, { ssh_password: password, operation }: PasswordData): Promise<void> {
  if (password === undefined) forgetPassword(visit);
  else keepPassword(visit, { operation: operation.id, password });
  await told(visit, password ?? null);
}

async function told(visit: Visit, secret: string | null): Promise<void> {
  if (!visit.isLive) return visit.goTo('/hosting');
  const all = await variables(visit);
  visit.part('parts/told', { ...all, h: { ...all.h, secret } }, { into: '#secret' });
}

const renewPassword = post('/hosting/password', 'user', async (visit) => {
  const answer = await visit.call<PasswordData>('POST', '/host/my/password');
  if (answer.ok) await tellPassword(visit, answer.data);
  else await refused(visit, answer.status, { notice: refusedForm(answer, {}, visit.language).summary });
});

/** The visitor has the password, so that it is shown no more. */
const passwordKept = post('/hosting/password-kept', 'user', async (visit) => {
  // A page that was left open may speak of one that another has replaced.
  const kept = findKeptPassword(visit);
  if (!kept || kept.operation === visit.form['operation']) forgetPassword(visit);
  await told(visit, null);
});

/** An action without fields. */
export function action(path: string, call: (visit: Visit) => Promise<ApiAnswer>): PageRoute {
  return post(path, 'user', async (visit) => {
    const answer = await call(visit);
    if (answer.ok) await done(visit);
    else await refused(visit, answer.status, { notice: refusedForm(answer, {}, visit.language).summary });
  });
}

const power = ['start', 'stop', 'restart'].map((name) =>
  action(`/hosting/${name}`, (visit) => visit.call('POST', `/host/my/${name}`)),
);

const chooseSleep = action('/hosting/sleep', (visit) =>
  visit.call('PATCH', '/host/my', { json: { sleep: visit.form['sleep'] ?? '' } }),
);

const addKey = post('/hosting/keys', 'user', async (visit) => {
  const { name = '', public_key = '' } = visit.form;
  const json = { public_key, ...(name.trim() && { name: name.trim() }) };
  const answer = await visit.call('POST', '/host/my/ssh-keys', { json });
  if (answer.ok) await done(visit);
  else await refused(visit, answer.status, { key: refusedForm(answer, { name, public_key }, visit.language) });
});

const removeKey = action('/hosting/keys/:id/remove', (visit) => {
  const id = z.uuid().safeParse(visit.parameter('id'));
  // In a path, dots would lead to another call: the one that deletes the hosting.
  if (!id.success) throw new NotFoundError();
  return visit.call('DELETE', `/host/my/ssh-keys/${id.data}`);
});

const remove = post('/hosting/delete', 'user', async (visit) => {
  const { site_name: siteName } = await visit.me();
  const { name = '' } = visit.form;
  const differs = name.trim().normalize('NFC') !== siteName;
  const answer = differs ? null : await visit.call('DELETE', '/host/my');
  if (answer?.ok) return done(visit);
  const sentence = errors.NAME_DIFFERS[visit.language].replace('{name}', siteName);
  const deletion = answer
    ? refusedForm(answer, { name }, visit.language)
    : { values: { name }, errors: { name: sentence }, summary: sentence };
  await refused(visit, answer?.status ?? 422, { deletion });
});

const events = get('/hosting/events', 'user', async (visit) => {
  const { ctx } = visit;
  // Before the stream begins: afterwards nothing else can be answered.
  const { id } = await visit.me();
  ctx.res.once('close', visit.web.services.streams.open(id));
  ctx.set(eventStreamHeaders);
  ctx.status = 200;
  const { logger } = visit.web.services;
  ctx.body = eventStream(
    (signal) => panels(visit, signal),
    (error) => logger.error({ err: error }, 'the stream of a page broke'),
  );
});

/** The page's panel, now and whenever it has changed: whoever comes back has missed nothing. */
async function* panels(visit: Visit, signal: AbortSignal): AsyncGenerator<string> {
  const { id } = await visit.me();
  yield 'retry: 1000\n\n';
  for await (const _ of visit.web.changes.of(id, signal)) {
    try {
      yield asEvent(renderWeb('parts/panel', visit.language, await variables(visit)));
    } catch (error) {
      if (!(error instanceof UnauthenticatedError)) throw error;
      yield 'event: over\ndata: over\n\n';
      return;
    }
  }
}

function asEvent(html: string): string {
  const lines = html.split(/\r\n|\r|\n/).map((line) => `data: ${line}`);
  return `${lines.join('\n')}\n\n`;
}

export const hostingPages = [
  show,
  create,
  renewPassword,
  passwordKept,
  ...power,
  chooseSleep,
  addKey,
  removeKey,
  remove,
  events,
];
