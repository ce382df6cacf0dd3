import { documentPath } from '../../http/document.ts';
import { apiPrefix } from '../../protocol.ts';
import type { PageRoute } from '../route.ts';

const show: PageRoute = {
  method: 'get',
  path: '/docs',
  access: 'public',
  handle: (visit) => visit.page('docs', { documentPath, logInPath: `${apiPrefix}/auth/login` }),
};

export const docsPages = [show];
