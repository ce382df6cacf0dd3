import { documentPath } from '../../http/document.ts';
import { apiPrefix } from '../../protocol.ts';
import { get } from '../route.ts';

const show = get('/docs', 'public', (visit) =>
  visit.page('docs', { documentPath, logInPath: `${apiPrefix}/auth/login` }),
);

export const docsPages = [show];
