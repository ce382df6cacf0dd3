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

test('what would move a terminal, or end a line, is escaped and not lost', (t) => {
  const lines: string[] = [];
  const logger = createLogger('info', 'test', { write: (line) => void lines.push(line) });
  const text = 'a\r\n\u001b[2J\u009b2J\u007f\u0085\u2028\u2029"\\z';
  logger.info({ text }, text);
  t.regex(lines.join(''), /^[\x20-\x7e]+\n$/);
  t.like(JSON.parse(lines.join('')), { text, msg: text });
});
