import type { MessageKey } from '../messages.ts';
import { Hosting } from '../models/hosting.ts';
import { type PowerAction, requestPower } from '../operations/power.ts';
import { presentHosting } from '../presenters/hosting.ts';
import { acceptedHeaders, hostingAnswer, operationAcceptedAnswer, preferHeaders } from '../schemas/host.ts';
import { accept, carryOut, operationLinks } from './carry-out.ts';
import { answer, type Route, userRoute } from './route.ts';

interface Texts {
  summary: string;
  done: string;
  message: MessageKey;
}

const texts: Record<PowerAction, Texts> = {
  start: { summary: 'Switch your machine on.', done: 'It is on, and answers.', message: 'hostingStarted' },
  stop: {
    summary: 'Shut your machine down. It stays off until you start it.',
    done: 'It is off.',
    message: 'hostingStopped',
  },
  restart: {
    summary: 'Shut your machine down and switch it on again.',
    done: 'It is on again, and answers.',
    message: 'hostingRestarted',
  },
};

function powerRoute(action: PowerAction): Route {
  const { summary, done, message } = texts[action];
  return userRoute({
    method: 'post',
    path: `/host/my/${action}`,
    summary: `${summary} Waits for it, or answers at once with \`Prefer: respond-async\`.`,
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
    errors: {
      404: 'HOSTING_NOT_FOUND',
      409: 'HOSTING_BUSY or HOSTING_STATE',
      503: 'the code of a failed operation',
      504: 'VM_NOT_READY',
    },
    handle: async ({ ctx, services, user, actor }) => {
      const operation = await requestPower(services.database, action, actor);
      const ended = await carryOut(ctx, services, operation);
      if (!ended) return accept(ctx, services, { operation, message: 'powerRequested' });
      const hosting = await Hosting.findByPk(user.id, { rejectOnEmpty: true });
      answer(ctx, 200, message, presentHosting(hosting, services.config.PUBLIC_URL));
    },
  });
}

export const powerRoutes = (['start', 'stop', 'restart'] as const).map(powerRoute);
