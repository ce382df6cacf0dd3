import { endSessionsOf, setRole, setSuspended, type SuspensionRequest } from '../../accounts/administration.ts';
import { listHostings, listOperations, listUsers } from '../../admin/lists.ts';
import { readUser } from '../../admin/one-user.ts';
import { readCapacity } from '../../admin/capacity.ts';
import { sitesDomain } from '../../config/sites.ts';
import { readMachines } from '../../health/machines.ts';
import { announceProgress } from '../../operations/progress.ts';
import type { ErrorCode } from '../../error-catalogue.ts';
import {
  presentKnownUser,
  presentListedHosting,
  presentListedOperation,
  presentListedUser,
  presentCapacity,
  presentUserReport,
  type Surroundings,
} from '../presenters/admin.ts';
import {
  hostingListAnswer,
  hostingListQuery,
  nodeAnswer,
  operationListAnswer,
  operationListQuery,
  roleChange,
  suspension,
  suspensionAnswer,
  userChangedAnswer,
  userListAnswer,
  userListQuery,
  userParameters,
  userReportAnswer,
} from '../schemas/admin.ts';
import { present } from './operation-answers.ts';
import type { Services } from '../../services.ts';
import { answer, operatorRoute } from './route.ts';

const users = operatorRoute({
  method: 'get',
  path: '/admin/users',
  summary: {
    ko: '사용자 목록. 따로 정하지 않으면 최근에 가입한 순서입니다.',
    en: 'Users, the newest first unless asked otherwise.',
  },
  query: userListQuery,
  answers: { 200: { description: 'One page of them.', schema: userListAnswer } },
  handle: async ({ ctx, services, query }) => {
    const { users: listed, ...page } = await listUsers(services.database, query);
    answer(ctx, 200, 'usersShown', { users: listed.map(presentListedUser), ...page });
  },
});

const oneUser = operatorRoute({
  method: 'get',
  path: '/admin/users/:id',
  summary: {
    ko: '사용자 한 명과 그 호스팅, 도메인, SSH 키, 로그인.',
    en: 'A user with hosting, domains, keys and log-ins.',
  },
  parameters: userParameters,
  answers: { 200: { description: 'All but the operations, which have a list.', schema: userReportAnswer } },
  errors: ['USER_NOT_FOUND'],
  handle: async ({ ctx, services, parameters }) => {
    const [report, surroundings] = await Promise.all([
      readUser(services.database, parameters.id),
      surroundingsOf(services),
    ]);
    const more = { sitesDomain: sitesDomain(services.config), language: ctx.state.language };
    answer(ctx, 200, 'userShown', presentUserReport(report, { ...surroundings, ...more }));
  },
});

async function surroundingsOf({ config, redis }: Services): Promise<Surroundings> {
  return { publicUrl: config.PUBLIC_URL, machines: await readMachines(redis) };
}

const hostings = operatorRoute({
  method: 'get',
  path: '/admin/hostings',
  summary: {
    ko: '호스팅 목록. 각각의 스택과 살펴볼 명령이 함께 있습니다.',
    en: 'Hostings, each with its stack and the commands to look at it.',
  },
  query: hostingListQuery,
  answers: { 200: { description: 'One page of them.', schema: hostingListAnswer } },
  handle: async ({ ctx, services, query }) => {
    const [{ hostings: listed, ...page }, surroundings] = await Promise.all([
      listHostings(services.database, query),
      surroundingsOf(services),
    ]);
    const shown = listed.map((one) => presentListedHosting(one, surroundings));
    answer(ctx, 200, 'hostingsShown', { hostings: shown, ...page });
  },
});

const operations = operatorRoute({
  method: 'get',
  path: '/admin/operations',
  summary: {
    ko: '작업 목록. 단계와 오류가 함께 있고 최근 것이 먼저입니다.',
    en: 'Operations with their steps and errors, newest first.',
  },
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
  summary: { ko: '남은 자원과 진행 중인 작업.', en: 'What room is left, and what is under way.' },
  answers: { 200: { description: 'The nodes whose workers report, and the queue.', schema: nodeAnswer } },
  handle: async ({ ctx, services }) => {
    answer(ctx, 200, 'nodeShown', presentCapacity(await readCapacity(services)));
  },
});

interface SuspensionOptions {
  services: Services;
  wish: SuspensionRequest;
}

/** Suspends or resumes a user. @returns what is answered */
async function changeSuspension({ services, wish }: SuspensionOptions) {
  const { user, operation } = await setSuspended(services.database, wish);
  if (operation) await announceProgress(services, operation.id);
  const follows = operation && (await present(services.database, operation));
  return { user: presentKnownUser(user), operation: follows };
}

const suspensionAnswers = { 200: { description: 'The user. The hosting follows.', schema: suspensionAnswer } };
const suspensionErrors: ErrorCode[] = ['USER_NOT_FOUND', 'USER_PROTECTED', 'HOSTING_BUSY'];

const suspend = operatorRoute({
  method: 'post',
  path: '/admin/users/:id/suspend',
  summary: {
    ko: '사용자 정지: 로그아웃시키고 다시 로그인하지 못하게 하며, 사이트를 닫고 머신을 끕니다.',
    en: 'Suspend a user: log them out, keep the account shut, close the site and stop the machine.',
  },
  parameters: userParameters,
  body: { type: 'json', schema: suspension, optional: true },
  limit: 'change',
  answers: suspensionAnswers,
  errors: suspensionErrors,
  handle: async ({ ctx, services, actor, parameters, body }) => {
    const wish = { userId: parameters.id, suspended: true, reason: body.reason, actor };
    answer(ctx, 200, 'userSuspended', await changeSuspension({ services, wish }));
  },
});

const resume = operatorRoute({
  method: 'post',
  path: '/admin/users/:id/resume',
  summary: { ko: '정지 해제: 모두 정지 전과 같이 돌아옵니다.', en: 'Take a suspension back: all is as it was before.' },
  parameters: userParameters,
  limit: 'change',
  answers: suspensionAnswers,
  errors: suspensionErrors,
  handle: async ({ ctx, services, actor, parameters }) => {
    const wish = { userId: parameters.id, suspended: false, actor };
    answer(ctx, 200, 'userResumed', await changeSuspension({ services, wish }));
  },
});

const endSessions = operatorRoute({
  method: 'delete',
  path: '/admin/users/:id/sessions',
  summary: {
    ko: '사용자를 모든 기기에서 로그아웃. 자기 자신이면 이 요청을 보낸 로그인은 남습니다.',
    en: 'Log a user out everywhere; of your own sessions the one that asks goes on.',
  },
  parameters: userParameters,
  limit: 'change',
  answers: { 200: { description: 'The user.', schema: userChangedAnswer } },
  errors: ['USER_NOT_FOUND'],
  handle: async ({ ctx, services, actor, session, parameters }) => {
    const user = await endSessionsOf(services.database, { userId: parameters.id, except: session, actor });
    answer(ctx, 200, 'userLoggedOut', { user: presentKnownUser(user) });
  },
});

const role = operatorRoute({
  method: 'post',
  path: '/admin/users/:id/role',
  summary: {
    ko: '사용자를 운영자로, 또는 운영자를 사용자로 변경.',
    en: 'Make a user an operator, or an operator a user.',
  },
  parameters: userParameters,
  body: { type: 'json', schema: roleChange },
  limit: 'change',
  answers: { 200: { description: 'The user.', schema: userChangedAnswer } },
  errors: ['USER_NOT_FOUND', 'USER_PROTECTED', 'LAST_OPERATOR'],
  handle: async ({ ctx, services, actor, parameters, body }) => {
    const user = await setRole(services.database, { userId: parameters.id, role: body.role, actor });
    answer(ctx, 200, 'roleSet', { user: presentKnownUser(user) });
  },
});

export const adminRoutes = [users, oneUser, hostings, operations, node, suspend, resume, endSessions, role];
