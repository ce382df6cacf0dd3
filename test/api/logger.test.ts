import test from 'ava';
import { createLogger } from '../../api/logger.ts';

const names = [
  'password',
  'current_password',
  'new_password',
  'ssh_password',
  'authorization',
  'token',
  'access_token',
  'refresh_token',
];
for (const name of names) {
  test(`${name} is not logged, even by mistake`, (t) => {
    const lines: string[] = [];
    const logger = createLogger('info', 'test', { write: (line) => void lines.push(line) });
    logger.info({ [name]: 'hunter2', body: { [name]: 'hunter2' } }, 'by mistake');
    t.is(lines.length, 1);
    t.false(lines.join('').includes('hunter2'));
  });
}
