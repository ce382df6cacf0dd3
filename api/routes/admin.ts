import { setRole, setSuspended } from '../accounts/administration.ts';
import { listHostings, listOperations, listUsers } from '../admin/lists.ts';
import { readRoom } from '../admin/room.ts';
import type { MessageKey } from '../messages.ts';
import { publishOrLeave } from '../operations/outbox.ts';
import { presentListedHosting, presentListedOperation, presentListedUser, presentRoom } from '../presenters/admin.ts';
import { presentUser } from '../presenters/user.ts';
import {
  hostingListAnswer,
  hostingListQuery,
  nodeAnswer,
  operationListAnswer,
  operationListQuery,
  roleChange,
  suspensionAnswer,
  userChangedAnswer,
  userListAnswer,
  userListQuery,
  userParameters,
} from '../schemas/admin.ts';
import { present } from './carry-out.ts';
import { answer, operatorRoute, type Route } from './route.ts';

const users = operatorRoute({
  method: 'get',
  path: '/admin/users',
  summary: 'Users, in order of their ids.',
  query: userListQuery,
  answers: { 200: { description: 'One page of them.', schema: userListAnswer } },
  handle: async ({ ctx, query }) => {
    const { users: listed, ...page } = await listUsers(query.page, query.search);
    answer(ctx, 200, 'usersShown', { users: listed.map(presentListedUser), ...page });
  },
});

const hostings = operatorRoute({
  method: 'get',
  path: '/admin/hostings',
  summary: 'Hostings, each with its stack and the commands to look at it.',
  query: hostingListQuery,
  answers: { 200: { description: 'One page of them.', schema: hostingListAnswer } },
  handle: async ({ ctx, services, query }) => {
    const { hostings: listed, ...page } = await listHostings(query.page);
    const shown = listed.map((one) => presentListedHosting(one, services.config.PUBLIC_URL));
    answer(ctx, 200, 'hostingsShown', { hostings: shown, ...page });
  },
});

const operations = operatorRoute({
  method: 'get',
  path: '/admin/operations',
  summary: 'Operations with their steps and errors, newest first.',
  query: operationListQuery,
  answers: { 200: { description: 'One page of them.', schema: operationListAnswer } },
  handle: async ({ ctx, services, query: { page, state, user_id: userId } }) => {
    const { operations: listed, ...shown } = await listOperations(services.database, { page, state, userId });
    answer(ctx, 200, 'operationsShown', { operations: listed.map(presentListedOperation), ...shown });
  },
});

const node = operatorRoute({
  method: 'get',
  path: '/admin/node',
  summary: 'What room is left, and what is under way.',
  answers: { 200: { description: 'The nodes whose workers report, and the queue.', schema: nodeAnswer } },
  handle: async ({ ctx, services }) => {
    answer(ctx, 200, 'nodeShown', presentRoom(await readRoom(services)));
  },
});

function suspensionRoute(action: 'suspend' | 'resume', texts: { summary: string; message: MessageKey }): Route {
  return operatorRoute({
    method: 'post',
    path: `/admin/users/:id/${action}`,
    summary: texts.summary,
    parameters: userParameters,
    limit: 'change',
    answers: { 200: { description: 'The user. The hosting follows.', schema: suspensionAnswer } },
    errors: { 404: 'USER_NOT_FOUND', 409: 'USER_PROTECTED, or HOSTING_BUSY: try again' },
    handle: async ({ ctx, services, actor, parameters }) => {
      const wish = { userId: parameters.id, suspended: action === 'suspend', actor };
      const { user, operation } = await setSuspended(services.database, wish);
      if (operation) await publishOrLeave(services);
      const follows = operation && (await present(services.database, operation));
      answer(ctx, 200, texts.message, { user: presentUser(user), operation: follows });
    },
  });
}

const suspend = suspensionRoute('suspend', {
  summary: 'Suspend a user: log them out, keep the account shut, close the site and stop the machine.',
  message: 'userSuspended',
});
const resume = suspensionRoute('resume', {
  summary: 'Take a suspension back: all is as it was before.',
  message: 'userResumed',
});

const role = operatorRoute({
  method: 'post',
  path: '/admin/users/:id/role',
  summary: 'Make a user an operator, or an operator a user.',
  parameters: userParameters,
  body: { type: 'json', schema: roleChange },
  limit: 'change',
  answers: { 200: { description: 'The user.', schema: userChangedAnswer } },
  errors: { 404: 'USER_NOT_FOUND', 409: 'USER_PROTECTED' },
  handle: async ({ ctx, services, actor, parameters, body }) => {
    const user = await setRole(services.database, { userId: parameters.id, role: body.role, actor });
    answer(ctx, 200, 'roleSet', { user: presentUser(user) });
  },
});

export const adminRoutes = [users, hostings, operations, node, suspend, resume, role];
