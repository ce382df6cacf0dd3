import type { PageVariables } from '../../../templates/web.ts';
import { texts } from '../../../templates/web/texts.ts';
import { listOrders } from '../../admin/lists.ts';
import type { HostingList, NodeData, OperationList, Paged, UserList } from '../answers.ts';
import { withoutRepeats } from '../operation-view.ts';
import { viewAdminOperation, viewHosting, viewListedUser, viewNode } from '../operator-view.ts';
import { get, type PageRoute } from '../route.ts';
import type { Visit } from '../visit.ts';

/** Answers with a page of the operator's. */
export function showToOperator(visit: Visit, template: string, variables: PageVariables, status = 200): Promise<void> {
  return visit.page(`operator/${template}`, { section: template, isOperatorPage: true, ...variables }, status);
}

function queryOf(visit: Visit, names: string[]): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of names) if (visit.parameter(name)) query.set(name, visit.parameter(name));
  return query;
}

function withQuery(path: string, query: URLSearchParams): string {
  return query.size > 0 ? `${path}?${query.toString()}` : path;
}

/** The part of a list that is asked for. @param names what else the API is told of the query */
function listPath(visit: Visit, path: string, names: string[]): string {
  return withQuery(path, queryOf(visit, ['page', ...names]));
}

/** Links to the neighbours of a page of a list. */
function paging(visit: Visit, [path, names]: [path: string, names: string[]], { page, pages, total }: Paged) {
  const to = (number: number) => {
    const query = queryOf(visit, names);
    query.set('page', String(number));
    return withQuery(path, query);
  };
  const previous = Math.min(page - 1, pages);
  return { page, pages, total, previous: previous > 0 ? to(previous) : null, next: page < pages ? to(page + 1) : null };
}

const searched = ['search', 'sort'];

/** What the form of a search shows. */
function searchOf(visit: Visit) {
  const { operator: t } = texts[visit.language];
  const chosen = visit.parameter('sort') || 'newest';
  const sort = listOrders.map((value) => ({ value, text: t[`sort_${value}`], isChosen: value === chosen }));
  return { search: visit.parameter('search'), sort };
}

const node = get('/operator', 'operator', async (visit) => {
  const data = await visit.data<NodeData>('GET', '/admin/node');
  await showToOperator(visit, 'node', { node: viewNode(data, visit.language) });
});

const users = get('/operator/users', 'operator', async (visit) => {
  const list = await visit.data<UserList>('GET', listPath(visit, '/admin/users', searched));
  const all = list.users.map((user) => viewListedUser(user, visit.language));
  const links = paging(visit, ['/operator/users', searched], list);
  await showToOperator(visit, 'users', { users: all, paging: links, ...searchOf(visit) });
});

const hostings = get('/operator/hostings', 'operator', async (visit) => {
  const list = await visit.data<HostingList>('GET', listPath(visit, '/admin/hostings', searched));
  const all = list.hostings.map((hosting) => viewHosting(hosting, visit.language));
  const links = paging(visit, ['/operator/hostings', searched], list);
  await showToOperator(visit, 'hostings', { hostings: all, paging: links, ...searchOf(visit) });
});

/** Links to the operations in each state, of the same user where it is one's. */
function filtersOf(visit: Visit) {
  const { operator: t } = texts[visit.language];
  const states = { '': t.all, running: t.onlyRunning, failed: t.onlyFailed };
  return Object.entries(states).map(([state, text]) => {
    const query = queryOf(visit, ['user_id']);
    if (state) query.set('state', state);
    return { text, path: withQuery('/operator/operations', query), isChosen: visit.parameter('state') === state };
  });
}

const operations = get('/operator/operations', 'operator', async (visit) => {
  const names = ['state', 'user_id'];
  const list = await visit.data<OperationList>('GET', listPath(visit, '/admin/operations', names));
  const all = withoutRepeats(list.operations).map((one) => viewAdminOperation(one, visit.language));
  const userId = visit.parameter('user_id');
  const of = userId ? { user_id: userId, username: list.operations[0]?.username ?? null } : null;
  const links = paging(visit, ['/operator/operations', names], list);
  await showToOperator(visit, 'operations', { operations: all, paging: links, filters: filtersOf(visit), of });
});

export const operatorPages: PageRoute[] = [node, users, hostings, operations];
