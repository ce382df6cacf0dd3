import { NotFoundError } from '../../errors.ts';
import type { ApiAnswer } from '../api-client.ts';
import type { OperationList, UserReport } from '../answers.ts';
import { emptyForm, explainToOperator, type FormState, refusedForm } from '../failures.ts';
import { withoutRepeats } from '../operation-view.ts';
import { viewAdminOperation, viewUserReport } from '../operator-view.ts';
import { get, post, type PageRoute } from '../route.ts';
import { ApiRefusedError, type Visit } from '../visit.ts';
import { showToOperator } from './operator.ts';

/** How many operations the page lists. */
const operationsLength = 5;

/** What the page says after an action, by the query that leads back to it. */
const notices: Record<string, 'suspendedNow' | 'resumedNow' | 'roleChanged' | 'loggedOutNow'> = {
  suspend: 'suspendedNow',
  resume: 'resumedNow',
  role: 'roleChanged',
  'log-out': 'loggedOutNow',
};

/** Whom the address is about. In a path, dots would lead to another call. */
function idOf(visit: Visit): string {
  const id = visit.parameter('id');
  if (!/^\d+$/.test(id)) throw new NotFoundError();
  return id;
}

interface Refusal {
  notice?: string;
  suspension?: FormState;
  status?: number;
}

async function showUser(visit: Visit, { notice, suspension = emptyForm, status }: Refusal = {}): Promise<void> {
  const id = idOf(visit);
  const [report, { operations }] = await Promise.all([
    visit.data<UserReport>('GET', `/admin/users/${id}`),
    visit.data<OperationList>('GET', `/admin/operations?user_id=${id}`),
  ]);
  const shown = withoutRepeats(operations)
    .slice(0, operationsLength)
    .map((one) => viewAdminOperation(one, visit.language));
  const variables = {
    ...viewUserReport(report, visit.language),
    operations: shown,
    heading: `${report.user.username} #${id}`,
    section: 'users',
    notice: notice ?? null,
    done: notices[visit.parameter('done')] ?? null,
    suspension,
  };
  await showToOperator(visit, 'user', variables, status);
}

const user = get('/operator/users/:id', 'operator', (visit) => showUser(visit));

interface Action {
  /** In the address, and in the query that leads back. */
  name: string;
  call: (visit: Visit, id: string) => Promise<ApiAnswer>;
  /** What the page shows of a refusal. */
  refuse?: (visit: Visit, answer: ApiAnswer) => Refusal;
}

function action({ name, call, refuse = tellAbove }: Action): PageRoute {
  return post(`/operator/users/:id/${name}`, 'operator', async (visit) => {
    const id = idOf(visit);
    const answer = await call(visit, id);
    if (answer.code === 'FORBIDDEN') throw new ApiRefusedError(answer);
    if (answer.ok) visit.goTo(`/operator/users/${id}?done=${name}`);
    else await showUser(visit, { ...refuse(visit, answer), status: answer.status });
  });
}

function tellAbove(visit: Visit, answer: ApiAnswer): Refusal {
  return { notice: explainToOperator(answer, visit.language) };
}

const suspend = action({
  name: 'suspend',
  call: (visit, id) => {
    const reason = visit.form['reason']?.trim();
    return visit.call('POST', `/admin/users/${id}/suspend`, { json: reason ? { reason } : {} });
  },
  refuse: (visit, answer) =>
    answer.code === 'VALIDATION_FAILED'
      ? { suspension: refusedForm(answer, { reason: visit.form['reason'] ?? '' }, visit.language) }
      : tellAbove(visit, answer),
});
const resume = action({ name: 'resume', call: (visit, id) => visit.call('POST', `/admin/users/${id}/resume`) });
const role = action({
  name: 'role',
  call: (visit, id) => visit.call('POST', `/admin/users/${id}/role`, { json: { role: visit.form['role'] } }),
});
const logOut = action({ name: 'log-out', call: (visit, id) => visit.call('DELETE', `/admin/users/${id}/sessions`) });

export const operatorUserPages: PageRoute[] = [user, suspend, resume, role, logOut];
