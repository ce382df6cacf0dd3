// The controls of the interface's pages.
import type { Control } from './control.ts';

export const pages: Control[] = [
  {
    what: 'scripts of pages do not read the session’s cookie',
    file: 'api/web/cookies.ts',
    from: '; HttpOnly; SameSite',
    to: '; SameSite',
    test: 'test/web/session.test.ts',
  },
  {
    what: 'the session’s cookie does not come along from other sites',
    file: 'api/web/cookies.ts',
    from: "{ value: refreshToken, maxAge, sameSite: 'Strict' }",
    to: "{ value: refreshToken, maxAge, sameSite: 'Lax' }",
    test: 'test/web/session.test.ts',
  },
  {
    what: 'under HTTPS the cookie is nobody else’s to set',
    file: 'api/web/cookies.ts',
    from: 'isEncrypted(ctx) ? `__Host-${name}` : name',
    to: 'name',
    test: 'test/web/session.test.ts',
  },
  {
    what: 'a session of pages is known by all of its token',
    file: 'api/accounts/sessions.ts',
    from: 'if (!session || !isRefreshToken(refreshToken, session.refreshHash)) return null;',
    to: 'if (!session) return null;',
    test: 'test/web/session.test.ts',
  },
  {
    what: 'only what bears the nonce runs in pages',
    file: 'templates/security-headers.ts',
    from: 'script-src ${own};',
    to: "script-src ${own} 'self';",
    test: 'test/web/pages.test.ts',
  },
  {
    what: 'what people typed is text',
    file: 'templates/web.ts',
    from: "  outputEscape: 'escape',\n",
    to: '',
    test: 'test/web/pages.test.ts',
  },
  {
    what: 'pages of users ask who it is',
    file: 'api/web/router.ts',
    from: "if (access !== 'public' && !visit.session) throw new UnauthenticatedError();",
    to: 'void UnauthenticatedError;',
    test: 'test/web/access.test.ts',
  },
  {
    what: 'the choice of a language, and a log-in, lead nowhere else',
    file: 'api/web/return-path.ts',
    from: "url?.host === 'x' && back !== '' && ourPath.test(url.pathname) ? `${url.pathname}${url.search}` : otherwise",
    to: 'back',
    test: 'test/web/pages.test.ts',
  },
  {
    what: 'pages close when their session ends',
    file: 'api/web/pages/hosting.ts',
    from: "yield 'event: over\\ndata: over\\n\\n';\n      return;",
    to: 'void error;',
    test: 'test/web/hosting.test.ts',
  },
];
