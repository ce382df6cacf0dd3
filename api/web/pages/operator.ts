import type { PageVariables } from '../../../templates/web.ts';
import type { HostingList, NodeData, OperationList, Paged, UserList } from '../answers.ts';
import { explain } from '../failures.ts';
import { viewAdminOperation, viewHosting, viewNode, viewUser } from '../operator-view.ts';
import type { PageRoute } from '../route.ts';
import { ApiRefusedError, type Visit } from '../visit.ts';

/** What the list of users says after an action, by the query that leads back to it. */
const notices: Record<string, 'suspendedNow' | 'resumedNow' | 'roleChanged'> = {
  suspend: 'suspendedNow',
  resume: 'resumedNow',
  role: 'roleChanged',
};

function show(visit: Visit, section: string, variables: PageVariables, status = 200): Promise<void> {
  return visit.page(`operator/${section}`, { section, isOperatorPage: true, ...variables }, status);
}

/** The part of a list that the query asks for. @param names what else the API is told of the query */
function listPath(visit: Visit, path: string, names: string[]): string {
  const query = new URLSearchParams();
  for (const name of ['page', ...names]) if (visit.parameter(name)) query.set(name, visit.parameter(name));
  return query.size > 0 ? `${path}?${query.toString()}` : path;
}

/** Links to the neighbours of a page of a list. */
function paging(visit: Visit, { page, pages, total }: Paged) {
  const to = (number: number) => {
    const query = new URLSearchParams(visit.ctx.querystring);
    query.delete('done');
    query.set('page', String(number));
    return `${visit.ctx.path}?${query.toString()}`;
  };
  return { page, pages, total, previous: page > 1 ? to(page - 1) : null, next: page < pages ? to(page + 1) : null };
}

const node: PageRoute = {
  method: 'get',
  path: '/operator',
  access: 'operator',
  handle: async (visit) => {
    const data = await visit.data<NodeData>('GET', '/admin/node');
    await show(visit, 'node', { node: viewNode(data, visit.language) });
  },
};

async function showUsers(visit: Visit, notice: string | null, status = 200): Promise<void> {
  const list = await visit.data<UserList>('GET', listPath(visit, '/admin/users', ['search']));
  const users = list.users.map((user) => viewUser(user, visit.language));
  const done = notices[visit.parameter('done')] ?? null;
  const search = visit.parameter('search');
  await show(visit, 'users', { users, paging: paging(visit, list), search, notice, done }, status);
}

const users: PageRoute = {
  method: 'get',
  path: '/operator/users',
  access: 'operator',
  handle: (visit) => showUsers(visit, null),
};

/** @param body what the API is told besides whom it concerns */
function userAction(name: string, body: (visit: Visit) => object | undefined = () => undefined): PageRoute {
  return {
    method: 'post',
    path: `/operator/users/:id/${name}`,
    access: 'operator',
    handle: async (visit) => {
      const json = body(visit);
      const path = `/admin/users/${encodeURIComponent(visit.parameter('id'))}/${name}`;
      const answer = await visit.call('POST', path, json && { json });
      if (answer.code === 'FORBIDDEN') throw new ApiRefusedError(answer);
      if (!answer.ok) return showUsers(visit, explain(answer, visit.language), answer.status);
      const query = new URLSearchParams({ done: name });
      for (const part of ['search', 'page']) if (visit.form[part]) query.set(part, visit.form[part]);
      visit.goTo(`/operator/users?${query.toString()}`);
    },
  };
}

const hostings: PageRoute = {
  method: 'get',
  path: '/operator/hostings',
  access: 'operator',
  handle: async (visit) => {
    const list = await visit.data<HostingList>('GET', listPath(visit, '/admin/hostings', []));
    const all = list.hostings.map((hosting) => viewHosting(hosting, visit.language));
    await show(visit, 'hostings', { hostings: all, paging: paging(visit, list) });
  },
};

const operations: PageRoute = {
  method: 'get',
  path: '/operator/operations',
  access: 'operator',
  handle: async (visit) => {
    const path = listPath(visit, '/admin/operations', ['state', 'user_id']);
    const list = await visit.data<OperationList>('GET', path);
    const all = list.operations.map((operation) => viewAdminOperation(operation, visit.language));
    await show(visit, 'operations', { operations: all, paging: paging(visit, list), state: visit.parameter('state') });
  },
};

export const operatorPages: PageRoute[] = [
  node,
  users,
  userAction('suspend'),
  userAction('resume'),
  userAction('role', (visit) => ({ role: visit.form['role'] })),
  hostings,
  operations,
];
