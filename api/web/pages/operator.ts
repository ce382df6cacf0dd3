import type { PageVariables } from '../../../templates/web.ts';
import { NotFoundError } from '../../errors.ts';
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

/** What is asked of a list: by the query, or by a form of the list, which brings it along. */
function asked(visit: Visit, name: string): string {
  return visit.parameter(name) || (visit.form[name] ?? '');
}

function queryOf(visit: Visit, names: string[]): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of names) if (asked(visit, name)) query.set(name, asked(visit, name));
  return query;
}

/** The part of a list that is asked for. @param names what else the API is told of the query */
function listPath(visit: Visit, path: string, names: string[]): string {
  const query = queryOf(visit, ['page', ...names]);
  return query.size > 0 ? `${path}?${query.toString()}` : path;
}

/** Links to the neighbours of a page of a list. @param path of the list, which an action on it does not have */
function paging(visit: Visit, [path, names]: [path: string, names: string[]], { page, pages, total }: Paged) {
  const to = (number: number) => {
    const query = queryOf(visit, names);
    query.set('page', String(number));
    return `${path}?${query.toString()}`;
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
  const search = asked(visit, 'search');
  const links = paging(visit, ['/operator/users', ['search']], list);
  await show(visit, 'users', { users, paging: links, search, notice, done }, status);
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
      const id = visit.parameter('id');
      // In a path, dots would lead to another call.
      if (!/^\d+$/.test(id)) throw new NotFoundError();
      const answer = await visit.call('POST', `/admin/users/${id}/${name}`, json && { json });
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
    await show(visit, 'hostings', { hostings: all, paging: paging(visit, ['/operator/hostings', []], list) });
  },
};

const operations: PageRoute = {
  method: 'get',
  path: '/operator/operations',
  access: 'operator',
  handle: async (visit) => {
    const names = ['state', 'user_id'];
    const list = await visit.data<OperationList>('GET', listPath(visit, '/admin/operations', names));
    const all = list.operations.map((operation) => viewAdminOperation(operation, visit.language));
    const links = paging(visit, ['/operator/operations', names], list);
    await show(visit, 'operations', { operations: all, paging: links, state: visit.parameter('state') });
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
