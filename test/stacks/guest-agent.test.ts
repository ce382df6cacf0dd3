// What a guest's agent is asked, and what is told of it: on libvirt's own test driver, which has no agents.
import test from 'ava';
import { createLogger } from '../../api/logger.ts';
import { askAgent } from '../../stacks/libvirt/guest-agent.ts';

test('what was sent to an agent that does not do it is in no error and no log', async (t) => {
  const machine = { libvirtUri: 'test:///default', vmId: 'test' };
  const sent = { username: 'ubuntu', password: 'c2VjcmV0IGhhc2g=', crypted: true };
  const error = await t.throwsAsync(askAgent(machine, 'guest-set-user-password', sent));
  t.regex(error?.message ?? '', /^guest-set-user-password: /);
  const lines: string[] = [];
  createLogger('trace', 'worker', { write: (line) => void lines.push(line) }).warn({ err: error }, 'x');
  t.is(lines.length, 1);
  t.false(lines.join('').includes(sent.password));
});
