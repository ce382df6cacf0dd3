import { requestPassword } from '../../operations/password.ts';
import { makeOneTimePassword } from '../../accounts/passwords.ts';
import { acceptedHeaders, passwordAcceptedAnswer, passwordAnswer, preferHeaders } from '../schemas/hosting.ts';
import { accept, waitForEnd, operationLinks } from './operation-answers.ts';
import { answer, userRoute } from './route.ts';

const renew = userRoute({
  method: 'post',
  path: '/host/my/password',
  summary: {
    ko: '내 서버의 새 비밀번호 받기. 키로 만든 서버에도 됩니다. 적용될 때까지 기다리거나, `Prefer: respond-async`를 보내면 바로 응답합니다.',
    en: 'Get a new password for your machine, also where it was made with a key. Waits until it is good, or answers at once with `Prefer: respond-async`.',
  },
  headers: preferHeaders,
  limit: 'change',
  answers: {
    200: { description: 'It is good, and the one before it is not.', schema: passwordAnswer },
    202: {
      description: 'It is on its way; see Location.',
      schema: passwordAcceptedAnswer,
      headers: acceptedHeaders,
      links: operationLinks,
    },
  },
  errors: ['HOSTING_NOT_FOUND', 'HOSTING_BUSY', 'HOSTING_STATE'],
  operationErrors: ['AGENT_UNREACHABLE'],
  handle: async ({ ctx, services, actor }) => {
    const { password, hash } = await makeOneTimePassword();
    const operation = await requestPassword(services.database, { actor, hash });
    const told = { ssh_password: password };
    const ended = await waitForEnd(ctx, services, operation);
    if (!ended) return accept(ctx, services, { operation, message: 'passwordRequested', more: told });
    answer(ctx, 200, 'passwordRenewed', told);
  },
});

export const passwordRoutes = [renew];
