import { get } from '../route.ts';

const start = get('/', 'public', async (visit) => {
  if (visit.session) visit.goTo('/hosting');
  else await visit.page('start', {});
});

export const startPages = [start];
