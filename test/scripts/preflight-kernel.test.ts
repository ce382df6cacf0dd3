// What scripts/docker-start.sh --check says of the kernel: its modules, cgroups, devices, and its table of connections.
import { readFileSync } from 'node:fs';
import test from 'ava';
import { connectionsOfVm } from '../../api/config/stacks.ts';
import { apart, says, withProgram } from './preflight.ts';

test('the kernel’s table of connections is held against what the VMs may have', async (t) => {
  const told = (network: string) => says('check_connections', { environment: { VM_NETWORK: network } });
  const room = Number(readFileSync('/proc/sys/net/netfilter/nf_conntrack_max', 'utf8'));
  const few = `5 VMs have up to ${5 * connectionsOfVm} connections, and the kernel has room for ${room}`;
  t.is(await told('10.77.0.0/29'), `  ✔ ${few}\n0\n`);
  // There are more addresses than SSH ports.
  const many = 10_001 * connectionsOfVm;
  const note = await told('10.77.0.0/16');
  t.regex(
    note,
    new RegExp(`! 10001 VMs may have ${connectionsOfVm} connections each, ${many} in all, .* ${room}, which\n`),
  );
  t.regex(note, new RegExp(`net.netfilter.nf_conntrack_max=${many + room} >.*\n.*\n0\n$`));
});

/** A kernel without anything, and with the modules of another. */
const noKernel = `mount -t tmpfs none /sys/module; mount --bind /dev/null /proc/kallsyms; ${apart('/usr/lib')}
  rm -rf /usr/lib/modules; mkdir -p /usr/lib/modules/$(uname -r)\n`;

test('what the kernel lacks is named, and whether a restart brings it', async (t) => {
  const told = (preparation: string, script: string) =>
    says('check_tun() { :; }; check_cgroups() { :; }; check_kernel', {
      environment: withProgram(t, 'modprobe', script),
      preparation,
    });
  t.is(await told('', 'exit 1'), '0\n', 'they are here');
  t.is(await told(noKernel, 'exit 0'), '0\n', 'they can be loaded');
  t.regex(
    await told(noKernel, '[ "$3" != nf_tables ]'),
    /^ {2}✘ The kernel \(\S+\) has no nf_tables, which Docker and libvirt need: start the one of the distribution [^]*\n1\n$/,
  );
  const replaced = `${noKernel} mv /usr/lib/modules/$(uname -r) /usr/lib/modules/5.0-other`;
  t.regex(
    await told(replaced, 'exit 1'),
    /^ {2}✘ The kernel that runs \(\S+\) was replaced by an update, [^]*Restart the machine\.\n1\n$/,
  );
  const forbidden = 'case "$*" in "--show-depends overlay") echo "install /bin/false " ;; esac';
  t.regex(await told(noKernel, forbidden), /^ {2}✘ A file in \/etc\/modprobe\.d forbids .*: overlay\. [^]*\n1\n$/);
});

test('without a way to ask for modules it is not known, and so it is said', async (t) => {
  const preparation = `${noKernel} type() { [[ "$*" != "-P modprobe" ]] && builtin type "$@"; }`;
  t.regex(
    await says('check_tun() { :; }; check_cgroups() { :; }; check_kernel', { preparation }),
    /^ {2}! whether the kernel has [^✔✘]*\n0\n$/,
  );
});

test('VMs have a device for their network', async (t) => {
  t.is(await says('check_tun'), '0\n');
  const preparation = 'mount -t tmpfs none /dev/net';
  t.regex(await says('check_tun', { preparation }), /^ {2}✘ There is no \/dev\/net\/tun, [^]*modprobe tun; [^]*\n1\n$/);
});

test('cgroups of either kind do, and which limits are not held is said', async (t) => {
  const none = 'umount --recursive /sys/fs/cgroup\n';
  const first = (...controllers: string[]) =>
    `${none} mount -t tmpfs none /sys/fs/cgroup; for name in ${controllers.join(' ')}; do
      mkdir /sys/fs/cgroup/$name; mount -t cgroup -o $name none /sys/fs/cgroup/$name; done`;
  t.regex(
    await says('check_cgroups', { preparation: none }),
    /^ {2}✘ No cgroups are mounted, [^]*mount -t cgroup2 [^]*\n1\n$/,
  );
  // The machine has its controllers in one of them.
  const unified = readFileSync('/proc/self/cgroup', 'utf8').trim().startsWith('0::');
  const [whole, part] = unified ? ['true', ''] : [first('memory', 'pids', 'cpu'), first('pids', 'cpu')];
  t.regex(await says('check_cgroups', { preparation: whole }), /^ {2}✔ cgroup v[12]\n0\n$/);
  if (!unified)
    t.regex(await says('check_cgroups', { preparation: part }), /^ {2}! cgroup v1 without memory: [^✔]*\n0\n$/);
  const second = `${none} mount -t cgroup2 none /sys/fs/cgroup`;
  t.regex(
    await says('check_cgroups', { preparation: second }),
    unified ? /^ {2}✔ cgroup v2/ : /^ {2}! cgroup v2 without memory pids cpu: /,
  );
});
