import type { PageRoute } from '../route.ts';

const start: PageRoute = {
  method: 'get',
  path: '/',
  access: 'public',
  handle: async (visit) => {
    if (visit.session) visit.goTo('/hosting');
    else await visit.page('start', {});
  },
};

export const startPages = [start];
