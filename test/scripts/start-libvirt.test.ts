// How scripts/start-libvirt.sh waits for libvirtd, with programs in place of it that behave as it can: among processes and
// with folders of their own, out of reach of the machine's libvirt.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { run } from '../support/run.ts';

const script = join(import.meta.dirname, '../../scripts/start-libvirt.sh');

interface Outcome {
  status: number | undefined;
  said: string;
  seconds: number;
}

/**
 * @param daemon what libvirtd does, as a shell script; virsh is answered when there is a file /run/answers
 * @param systemctl what systemd does, where there is one
 */
async function startWith(t: ExecutionContext, daemon: string, vms = 0, systemctl = ''): Promise<Outcome> {
  const directory = mkdtempSync(join(tmpdir(), 'webhoster-libvirt-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const programs = {
    libvirtd: daemon,
    virtlogd: '(exec -a virtlogd sleep 600) &',
    virsh: 'test -e /run/answers',
    systemctl,
  };
  for (const [name, text] of Object.entries(programs))
    writeFileSync(join(directory, name), `#!/bin/bash\n${text}\n`, { mode: 0o755 });
  const steps = `for folder in /run /etc/libvirt /var/lib/libvirt /var/log/libvirt; do mount -t tmpfs tmpfs $folder; done
    mkdir -p /run/lock; [[ '${systemctl ? 'systemd' : ''}' == '' ]] || mkdir -p /run/systemd/system; ((${vms} == 0)) || mkdir -p /run/libvirt/qemu
    for ((vm = 0; vm < ${vms}; vm++)); do touch /run/libvirt/qemu/vm-$vm.xml; done
    PATH=${directory}:$PATH; LIBVIRT_URI=qemu:///system ${script}`;
  const apart = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'bash', '-c', steps];
  const start = performance.now();
  const { exitCode, stderr } = await run('unshare', apart, { reject: false });
  return { status: exitCode, said: stderr, seconds: (performance.now() - start) / 1_000 };
}

/** As a daemon goes on after it has let whoever called it go, which it does once it is there under its own name. */
const goesOn = (work: string) => `if [[ $1 == --daemon ]]; then
  setsid "$0" &
  while [[ -e /proc/$! && $(</proc/$!/comm) != libvirtd ]]; do :; done
  exit
fi
${work}`;

test('it waits for as long as libvirtd is at work, and says for what', async (t) => {
  const { status, said, seconds } = await startWith(t, goesOn('sleep 24; touch /run/answers; sleep 600'), 7);
  t.is(status, 0, said);
  t.true(seconds > 24, 'longer than it takes libvirtd with many VMs');
  t.regex(said, /waiting for libvirtd to answer, which makes the filters of 7 running VMs first: 1\d s so far/);
});

test('a libvirtd that ends as it starts is started again, as what ended it may pass', async (t) => {
  const once = goesOn('[[ -e /run/tried ]] || { touch /run/tried; exit 1; }; touch /run/answers; sleep 600');
  const { status, said } = await startWith(t, once);
  t.is(status, 0, said);
  t.is(said.match(/starting libvirtd/g)?.length, 2);
});

test('with systemd too, which lets nothing start that was started often', async (t) => {
  const systemctl = `case $1 in
    reset-failed) rm -f /run/failed ;;
    start) [[ ! -e /run/failed ]] || exit 1; touch /run/failed; [[ -e /run/tried ]] || { touch /run/tried; exit 1; }; libvirtd --daemon ;;
  esac`;
  const { status, said } = await startWith(t, goesOn('touch /run/answers; sleep 600'), 0, systemctl);
  t.is(status, 0, said);
  t.regex(said, /systemd does not start libvirtd/);
});

test('one that ends each time is told at once, with its last words', async (t) => {
  const { status, said, seconds } = await startWith(
    t,
    goesOn('sleep 1; echo no memory >/var/log/libvirt/libvirtd.log'),
  );
  t.is(status, 1);
  t.regex(said, /no memory\nlibvirt: libvirtd ended \d s after it was to answer/);
  t.regex(said, /libvirtd was started 5 times, and does not stay/);
  t.true(seconds < 25, said);
});

test('one that does not even start is told with how it ended', async (t) => {
  const { status, said } = await startWith(t, 'echo bad configuration >/var/log/libvirt/libvirtd.log; exit 6');
  t.is(status, 1);
  t.regex(said, /bad configuration\nlibvirt: libvirtd does not start: it ended with status 6\./);
  t.regex((await startWith(t, 'kill -SEGV $$')).said, /libvirtd does not start: it was killed by SIGSEGV\./);
});

test('one that runs and answers is left alone', async (t) => {
  const { status, said } = await startWith(t, goesOn('touch /run/answers; sleep 600'));
  t.is(status, 0, said);
  t.notRegex(said, /waiting/);
});
