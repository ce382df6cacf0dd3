import { AppError } from '../../errors.ts';
import { readHeartbeats } from '../../health/heartbeat.ts';
import { checkParts } from '../../health/parts.ts';
import { detailedHealthAnswer, healthAnswer, versionAnswer } from '../schemas/health.ts';
import { commit, version } from '../../config/version.ts';
import { answer, publicRoute } from './route.ts';

const health = publicRoute({
  method: 'get',
  path: '/health',
  summary: { ko: '이 프로세스가 응답하는지 확인.', en: 'Whether this process serves.' },
  // Monitoring asks often.
  limit: 'none',
  answers: { 200: { description: 'It does.', schema: healthAnswer } },
  handle: ({ ctx }) => {
    answer(ctx, 200, 'healthy', { status: 'up' });
    return Promise.resolve();
  },
});

const detailed = publicRoute({
  method: 'get',
  path: '/health/detailed',
  summary: { ko: '각 부분의 상태와 응답 시간.', en: 'Each part, with its state and latency.' },
  answers: { 200: { description: 'All parts answer.', schema: detailedHealthAnswer } },
  errors: ['UNHEALTHY'],
  handle: async ({ ctx, services }) => {
    const parts = await checkParts(services);
    if (Object.values(parts).some(({ state }) => state === 'down'))
      throw new AppError('UNHEALTHY', { details: { status: 'down', parts } });
    answer(ctx, 200, 'healthy', { status: 'up', parts });
  },
});

const showVersion = publicRoute({
  method: 'get',
  path: '/version',
  summary: { ko: '실행 중인 버전.', en: 'What runs here.' },
  answers: { 200: { description: 'Versions; null for what no worker reports.', schema: versionAnswer } },
  handle: async ({ ctx, services }) => {
    const [beat] = await readHeartbeats(services.redis).catch(() => []);
    const { pulumi = null, libvirt = null } = beat ?? {};
    answer(ctx, 200, 'versionShown', { version, commit, pulumi, libvirt: libvirt?.version ?? null });
  },
});

export const healthRoutes = [health, detailed, showVersion];
