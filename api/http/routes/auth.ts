import { findUserByCredentials, register as registerAccount } from '../../accounts/account.ts';
import { rememberDevice } from '../../accounts/devices.ts';
import {
  endAllSessions,
  endSession,
  lifetimesOf,
  type OpenSession,
  openSession,
  refreshSession,
} from '../../accounts/sessions.ts';
import { readableSiteName } from '../../accounts/site-name-rules.ts';
import { describeSiteName } from '../../accounts/site-names.ts';
import type { ApiConfig } from '../../config/config.ts';
import { assertNotPersonal } from '../../accounts/personal-passwords.ts';
import { presentUser } from '../presenters/user.ts';
import {
  login,
  loginAnswer,
  refresh,
  registration,
  siteNameAnswer,
  siteNameParameters,
  tokenAnswer,
  userAnswer,
} from '../schemas/auth.ts';
import { nothingAnswer } from '../schemas/common.ts';
import { issueToken, tokenRules } from '../../accounts/tokens.ts';
import { type Answer, answer, publicRoute, userRoute } from './route.ts';

const register = publicRoute({
  method: 'post',
  path: '/auth/register',
  summary: { ko: '회원가입.', en: 'Sign up.' },
  body: { type: 'json', schema: registration },
  limit: 'register',
  answers: {
    201: {
      description: 'The new account.',
      schema: userAnswer,
      links: {
        logIn: {
          method: 'post',
          path: '/auth/login',
          requestBody: { username: '$response.body#/data/user/email', password: '$request.body#/password' },
        },
      },
    },
  },
  errors: ['ACCOUNT_TAKEN', 'TOO_BUSY'],
  handle: async ({ ctx, services, actor, body }) => {
    const { language } = ctx.state;
    const { PUBLIC_URL: publicUrl } = services.config;
    const names = [body.username, readableSiteName(body.site_name ?? '')];
    assertNotPersonal({
      password: body.password,
      path: 'body.password',
      user: { ...body, names },
      publicUrl,
      language,
    });
    const user = await registerAccount(services.database, { ...body, siteName: body.site_name, actor });
    answer(ctx, 201, 'registered', { user: presentUser(user) });
  },
});

const siteName = publicRoute({
  method: 'get',
  path: '/site-names/:name',
  summary: {
    ko: '사이트 이름을 쓸 수 있는지, 대신 쓸 수 있는 이름은 무엇인지 확인.',
    en: 'Whether a site name may be had, and what else may be.',
  },
  parameters: siteNameParameters,
  answers: { 200: { description: 'What it is.', schema: siteNameAnswer } },
  handle: async ({ ctx, services, parameters }) => {
    answer(ctx, 200, 'siteNameShown', { site_name: await describeSiteName(services.database, parameters.name) });
  },
});

const newTokens = (schema: Answer['schema']): Answer => ({
  description: 'A token for the Authorization header, and one for the next.',
  schema,
  links: {
    refresh: {
      method: 'post',
      path: '/auth/refresh',
      requestBody: { refresh_token: '$response.body#/refresh_token' },
    },
  },
});

const logIn = publicRoute({
  method: 'post',
  path: '/auth/login',
  summary: {
    ko: '이메일과 비밀번호로 로그인(OAuth 2 password 형식).',
    en: 'Log in with email and password (OAuth 2 password form).',
  },
  body: { type: 'form', schema: login },
  limit: 'login',
  answers: { 200: newTokens(loginAnswer) },
  errors: ['WRONG_CREDENTIALS', 'ACCOUNT_SUSPENDED', 'TOO_BUSY'],
  handle: async ({ ctx, services, actor, body }) => {
    const { database, config } = services;
    const { username: email, password } = body;
    const user = await findUserByCredentials(services.database, { email, password, actor });
    const stays = body.stay_logged_in !== 'false';
    const opened = await openSession(database, { user, actor, stays, ...lifetimesOf(config) });
    const device = rememberDevice(tokenRules(config), { token: body.device_token, userId: user.id });
    ctx.body = { ...tokensOf(opened, config), device_token: device };
  },
});

const refreshTokens = publicRoute({
  method: 'post',
  path: '/auth/refresh',
  summary: {
    ko: '리프레시 토큰으로 새 토큰 받기(OAuth 2 refresh 형식). 같은 토큰이 두 번 오면 로그인이 끝납니다.',
    en: 'Exchange a refresh token for new tokens (OAuth 2 refresh form). One that comes twice ends the session.',
  },
  body: { type: 'form', schema: refresh },
  limit: 'refresh',
  answers: { 200: newTokens(tokenAnswer) },
  errors: ['REFRESH_REFUSED'],
  handle: async ({ ctx, services, actor, body }) => {
    const { database, config } = services;
    const options = { refreshToken: body.refresh_token, actor, ...lifetimesOf(config) };
    ctx.body = tokensOf(await refreshSession(database, options), config);
  },
});

/** The answer of OAuth 2 (RFC 6749, 5.1). */
function tokensOf({ session, refreshToken }: OpenSession, config: ApiConfig) {
  const { id: sessionId, userId, lastUsedAt, expiresAt } = session;
  const sessionSeconds = Math.round((expiresAt.getTime() - lastUsedAt.getTime()) / 1_000);
  const lifetimeSeconds = Math.min(config.JWT_LIFETIME_SECONDS, sessionSeconds);
  return {
    access_token: issueToken(tokenRules(config), { userId, sessionId }, lifetimeSeconds),
    token_type: 'bearer',
    expires_in: lifetimeSeconds,
    refresh_token: refreshToken,
    refresh_expires_in: sessionSeconds,
  };
}

const logOut = userRoute({
  method: 'post',
  path: '/auth/logout',
  summary: {
    ko: '로그아웃. 이 로그인의 토큰은 더 쓸 수 없습니다.',
    en: 'End this session: its tokens are worth nothing from now on.',
  },
  answers: { 200: { description: 'It has ended.', schema: nothingAnswer } },
  handle: async ({ ctx, services, session, actor }) => {
    await endSession(services.database, session, actor);
    answer(ctx, 200, 'loggedOut', null);
  },
});

const logOutEverywhere = userRoute({
  method: 'delete',
  path: '/auth/sessions',
  summary: { ko: '이 기기를 포함해 모든 기기에서 로그아웃.', en: 'End all your sessions, this one too.' },
  answers: { 200: { description: 'They have ended.', schema: nothingAnswer } },
  handle: async ({ ctx, services, actor }) => {
    await endAllSessions(services.database, actor);
    answer(ctx, 200, 'loggedOutEverywhere', null);
  },
});

export const authRoutes = [register, siteName, logIn, refreshTokens, logOut, logOutEverywhere];
