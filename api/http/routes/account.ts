import { changeNames, changePassword, deleteAccount } from '../../accounts/account.ts';
import { ValidationError } from '../../errors.ts';
import { type Language, translate } from '../../messages.ts';
import type { User } from '../../models/user.ts';
import { complaintOfSiteName, readableSiteName } from '../../accounts/site-name-rules.ts';
import { announceProgress } from '../../operations/progress.ts';
import { assertNotPersonal } from '../../accounts/personal-passwords.ts';
import { presentUser } from '../presenters/user.ts';
import { accountDeletion, nameChange, passwordChange, userAnswer } from '../schemas/auth.ts';
import { nothingAnswer } from '../schemas/common.ts';
import { operationAcceptedAnswer } from '../schemas/hosting.ts';
import { present } from './operation-answers.ts';
import { answer, userRoute } from './route.ts';

const me = userRoute({
  method: 'get',
  path: '/auth/me',
  summary: { ko: '토큰의 계정.', en: 'The account that the token belongs to.' },
  answers: { 200: { description: 'The account.', schema: userAnswer } },
  handle: ({ ctx, user }) => {
    answer(ctx, 200, 'me', { user: presentUser(user) });
    return Promise.resolve();
  },
});

/** @throws ValidationError for a reserved site name that is not the user's own */
function assertNotReserved(siteName: string | undefined, user: User, language: Language): void {
  if (!siteName || siteName === user.siteName || !complaintOfSiteName(siteName)) return;
  throw new ValidationError([{ path: 'body.site_name', message: translate('siteNameReserved', language) }]);
}

const rename = userRoute({
  method: 'patch',
  path: '/auth/me',
  summary: {
    ko: '이름이나 사이트 이름 변경. 전의 사이트 이름은 90일 동안 다른 사람이 쓸 수 없습니다.',
    en: 'Change what you are called, or your site name. Nobody else gets the old site name for 90 days.',
  },
  body: { type: 'json', schema: nameChange },
  limit: 'change',
  answers: { 200: { description: 'The account.', schema: userAnswer } },
  errors: ['ACCOUNT_TAKEN', 'TOO_MANY_SITE_NAMES'],
  handle: async ({ ctx, services, user, actor, body }) => {
    const names = { username: body.username, siteName: body.site_name };
    assertNotReserved(names.siteName, user, ctx.state.language);
    const renamed = await changeNames(services.database, { user, actor, ...names });
    answer(ctx, 200, 'namesChanged', { user: presentUser(renamed) });
  },
});

const setPassword = userRoute({
  method: 'post',
  path: '/auth/password',
  summary: {
    ko: '비밀번호 변경. 다른 기기에서는 모두 로그아웃됩니다.',
    en: 'Change your password, and end all your other sessions.',
  },
  body: { type: 'json', schema: passwordChange },
  limit: 'password',
  answers: { 200: { description: 'It is changed.', schema: nothingAnswer } },
  errors: ['WRONG_PASSWORD', 'TOO_BUSY'],
  handle: async ({ ctx, services, user, session, actor, body }) => {
    const { current_password: currentPassword, new_password: newPassword } = body;
    const { language } = ctx.state;
    const { PUBLIC_URL: publicUrl } = services.config;
    const { email } = user;
    assertNotPersonal({
      password: newPassword,
      path: 'body.new_password',
      user: { email, names: [user.username, readableSiteName(user.siteName)] },
      publicUrl,
      language,
    });
    await changePassword(services.database, { user, session, actor, currentPassword, newPassword });
    answer(ctx, 200, 'passwordChanged', null);
  },
});

const remove = userRoute({
  method: 'delete',
  path: '/auth/me',
  summary: {
    ko: '계정과 호스팅 삭제. 되돌릴 수 없습니다.',
    en: 'Delete your account and your hosting. Nothing brings them back.',
  },
  body: { type: 'json', schema: accountDeletion },
  limit: 'password',
  answers: {
    200: { description: 'The account is gone.', schema: nothingAnswer },
    202: { description: 'The account is gone, and its hosting is being deleted.', schema: operationAcceptedAnswer },
  },
  errors: ['WRONG_PASSWORD', 'HOSTING_BUSY', 'LAST_OPERATOR', 'TOO_BUSY'],
  handle: async ({ ctx, services, user, actor, body }) => {
    const operation = await deleteAccount(services.database, { user, actor, password: body.password });
    if (!operation) return answer(ctx, 200, 'accountDeleted', null);
    await announceProgress(services, operation.id);
    answer(ctx, 202, 'accountDeletedHostingFollows', { operation: await present(services.database, operation) });
  },
});

export const accountRoutes = [me, rename, setPassword, remove];
