import { readHosting } from '../../operations/hosting.ts';
import type { MessageKey, Sentence } from '../../messages.ts';
import { type PowerAction, requestPower } from '../../operations/power.ts';
import { presentHosting } from '../presenters/hosting.ts';
import { acceptedHeaders, hostingAnswer, operationAcceptedAnswer, preferHeaders } from '../schemas/hosting.ts';
import { accept, waitForEnd, operationLinks } from './operation-answers.ts';
import { answer, type Route, userRoute } from './route.ts';

interface Texts {
  summary: Sentence;
  done: string;
  message: MessageKey;
}

const texts: Record<PowerAction, Texts> = {
  start: {
    summary: { ko: '내 서버 켜기.', en: 'Switch your machine on.' },
    done: 'It is on, and answers.',
    message: 'hostingStarted',
  },
  stop: {
    summary: {
      ko: '내 서버 끄기. 다시 켤 때까지 꺼져 있습니다.',
      en: 'Shut your machine down. It stays off until you start it.',
    },
    done: 'It is off.',
    message: 'hostingStopped',
  },
  restart: {
    summary: { ko: '내 서버 다시 시작.', en: 'Shut your machine down and switch it on again.' },
    done: 'It is on again, and answers.',
    message: 'hostingRestarted',
  },
};

function powerRoute(action: PowerAction): Route {
  const { summary, done, message } = texts[action];
  return userRoute({
    method: 'post',
    path: `/host/my/${action}`,
    summary: {
      ko: `${summary.ko} 끝날 때까지 기다리거나, \`Prefer: respond-async\`를 보내면 바로 응답합니다.`,
      en: `${summary.en} Waits for it, or answers at once with \`Prefer: respond-async\`.`,
    },
    headers: preferHeaders,
    limit: 'change',
    answers: {
      200: { description: done, schema: hostingAnswer },
      202: {
        description: 'It is under way; see Location.',
        schema: operationAcceptedAnswer,
        headers: acceptedHeaders,
        links: operationLinks,
      },
    },
    errors: ['HOSTING_NOT_FOUND', 'HOSTING_BUSY', 'HOSTING_STATE'],
    operationErrors: ['VM_NOT_READY'],
    handle: async ({ ctx, services, user, actor }) => {
      const operation = await requestPower(services.database, action, actor);
      const ended = await waitForEnd(ctx, services, operation);
      if (!ended) return accept(ctx, services, { operation, message: 'powerRequested' });
      const shown = await readHosting(services.database, user.id);
      answer(ctx, 200, message, presentHosting(shown, services.config.PUBLIC_URL));
    },
  });
}

export const powerRoutes = (['start', 'stop', 'restart'] as const).map(powerRoute);
