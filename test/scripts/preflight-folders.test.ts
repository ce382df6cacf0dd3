// What scripts/docker-start.sh --check says of the machine's size and of folders: real file systems, users and modes.
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { apart, makeCheckout, says, withProgram } from './preflight.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { run } from '../support/run.ts';

const disk = (folder: string, options: string) => `mkdir -p ${folder}; mount -t tmpfs -o ${options} none ${folder}\n`;

test('each place has room for what is made there, or is named', async (t) => {
  const docker = withProgram(t, 'docker', 'case "$*" in *DockerRootDir*) echo /run/docker ;; *) echo 28.2 ;; esac');
  const environment = {
    ...docker,
    WEBHOSTER_DATA_DIR: '/run/data/new',
    WEBHOSTER_CACHE_DIR: '/run/cache',
    TMPDIR: '/run/tmp',
  };
  const told = (
    sizes: { data?: string; cache?: string; docker?: string; tmp?: string },
    { files = [], more = '' }: { files?: string[]; more?: string } = {},
  ) => {
    const { data = '20G', cache = '20G', docker = '20G', tmp = '20G' } = sizes;
    const preparation = Object.entries({ data, cache, docker, tmp }).map(([name, size]) =>
      disk(`/run/${name}`, `size=${size}`),
    );
    return says('check_size', {
      environment,
      preparation: ['mount -t tmpfs none /run\n', ...preparation, more].join(''),
      checkout: makeCheckout(t, files),
    });
  };
  t.notRegex(await told({}), /✘ free/);
  const tooSmall: [sizes: Parameters<typeof told>[0], line: string][] = [
    [{ data: '9G' }, 'free in /run/data, for VMs: 9 GB, but at least 15 GB are needed.'],
    [{ cache: '5G' }, 'free in /run/cache, for what images are made from: 5 GB, but at least 8 GB are needed.'],
    [{ docker: '3G' }, 'free in /run/docker, for Docker: 3 GB, but at least 4 GB are needed.'],
    [{ tmp: '100M' }, 'free in /run/tmp, for temporary files: 0 GB, but at least 1 GB are needed.'],
  ];
  for (const [sizes, line] of tooSmall) t.true((await told(sizes)).includes(`  ✘ ${line}\n`), line);
  t.regex(await told({ data: '20G,nr_inodes=2000' }), /✘ \/run\/data has room for \d+ more files only/);
  const small = { data: '2G', cache: '2G', docker: '2G' };
  const more = 'mkdir -p /run/cache/images/guest; touch /run/cache/images/guest/image.json\n';
  t.notRegex(await told(small, { files: ['.env'], more }), /✘ free/, 'what is there takes none');
  t.regex(await told(small, { files: ['.env'] }), /✘ free/, 'a first run that did not come to its end needs all');
});

test('what has to be written, and cannot be, is named', async (t) => {
  t.is(await says('check_written', { preparation: 'mount -t tmpfs none /run; mkdir /run/lock' }), '0\n');
  t.regex(
    await says('check_written', { preparation: 'mount -t tmpfs none /run' }),
    /^ {2}✘ There is no \/run\/lock, [^]*\n1\n$/,
  );
  const readOnly = 'mount --bind /etc /etc; mount -o remount,bind,ro /etc';
  t.regex(await says('check_written', { preparation: readOnly }), /^ {2}✘ \/etc cannot be written[^]*\n1\n$/);
  const environment = { TMPDIR: '/nonexistent' };
  t.regex(
    await says('check_written', { environment }),
    /^ {2}✘ There is no folder \/nonexistent that can be written: [^]*\n1\n$/,
  );
});

test('where programs run from is not mounted noexec', async (t) => {
  const preparation = `mount -t tmpfs none /run\n${disk('/run/noexec', 'noexec')}`;
  const told = (environment: NodeJS.ProcessEnv) => says('check_executed', { environment, preparation });
  const noImage = withProgram(t, 'docker', 'case "$*" in *image*) exit 1 ;; *) echo 28.2 ;; esac');
  t.is(await told({}), '0\n');
  t.regex(await told({ WEBHOSTER_CACHE_DIR: '/run/noexec/new' }), /^ {2}✘ \/run\/noexec\/new is on [^]*\n1\n$/);
  t.regex(
    await told({ ...noImage, TMPDIR: '/run/noexec' }),
    /^ {2}! \/run\/noexec is mounted noexec: [^]*TMPDIR=\/var\/tmp docker-start\.sh\n0\n$/,
  );
  const image = withProgram(t, 'docker', 'echo 28.2');
  t.is(await told({ ...image, TMPDIR: '/run/noexec' }), '0\n');
});

test('a checkout that only root can read is named', async (t) => {
  const checkout = makeCheckout(t);
  t.is(await says('check_readers', { checkout }), '0\n');
  chmodSync(join(checkout, 'images'), 0o700);
  t.regex(
    await says('check_readers', { checkout }),
    /^ {2}✘ \S+\/images is not for everybody to read, [^]*chmod -R go\+rX [^]*\n1\n$/,
  );
  chmodSync(join(checkout, 'images'), 0o755);
  chmodSync(join(checkout, 'package.json'), 0o600);
  t.regex(await says('check_readers', { checkout }), /✘ \S+\/package\.json is not for everybody/);
});

test('a file system without owners is none for disks, and one that does not last is told of', async (t) => {
  const preparation = `mount -t tmpfs none /run\n${disk('/run/data', 'size=1G')}`;
  const environment = { WEBHOSTER_DATA_DIR: '/run/data' };
  t.regex(
    await says('check_file_system', { environment, preparation }),
    /^ {2}! \/run\/data is in memory \(tmpfs\): [^]*\n0\n$/,
  );
  const temporary = { WEBHOSTER_DATA_DIR: '/var/tmp/webhoster' };
  t.regex(
    await says('check_file_system', { environment: temporary }),
    /^ {2}! \/var\/tmp\/webhoster is below a folder that systems empty by themselves, .*\n0\n$/,
  );
  const vfat = withProgram(t, 'findmnt', 'echo vfat');
  t.regex(
    await says('check_file_system', { environment: vfat }),
    /^ {2}✘ \S+ is on a file system \(vfat\) whose files have no owners: [^]*\n1\n$/,
  );
  t.is(await says('check_file_system', { environment: withProgram(t, 'findmnt', 'echo ext4') }), '0\n');
});

test('a folder that QEMU’s user cannot go through is named', async (t) => {
  const folder = temporaryFolder(t);
  const inside = join(folder, 'inside');
  mkdirSync(inside);
  const user = 'libvirt-qemu:x:64055:64056::/:/bin/false';
  const users = (line: string) => `${apart('/etc')} sed -i /qemu/d /etc/passwd; echo '${line}' >>/etc/passwd`;
  const told = (line = '') =>
    says('check_qemu_user', {
      environment: { WEBHOSTER_DATA_DIR: join(inside, 'new/data') },
      preparation: users(line),
    });
  const closed = (name: string) =>
    new RegExp(`^  ✘ QEMU's user ${name}cannot go through ${folder}, .* chmod o\\+x ${folder}, [^]*\n1\n$`);
  t.regex(await told(), closed(''), 'before there is such a user');
  t.regex(await told(user), closed('libvirt-qemu '));
  chownSync(folder, 0, 64_056);
  chmodSync(folder, 0o710);
  t.is(await told(user), '0\n', 'by its group');
  t.regex(await told(), closed(''));
  chmodSync(folder, 0o711);
  t.is(await told(), '0\n');
  chmodSync(inside, 0o700);
  t.regex(await told(user), /cannot go through \S+\/inside, /);
  t.regex(
    await says('is_root() { false; }; check_qemu_user'),
    /^ {2}! whether QEMU gets into \S+ is only known to root: [^]*\n0\n$/,
  );
});

/** Whether libvirt's helper would let QEMU have a disk there. */
async function helperTakes(folder: string): Promise<boolean> {
  const definition = `<domain type='qemu'><name>x</name><uuid>11111111-1111-1111-1111-111111111111</uuid><memory>1000</memory>
    <os><type arch='x86_64' machine='pc'>hvm</type></os><devices><disk type='file' device='disk'>
    <driver name='qemu' type='qcow2'/><source file='${folder}/vms/disks/vm-1.qcow2'/><target dev='vda' bus='virtio'/></disk></devices></domain>`;
  const helper = '/usr/lib/libvirt/virt-aa-helper --dryrun -r -u libvirt-11111111-1111-1111-1111-111111111111';
  const { stdout } = await run('bash', ['-c', `${helper} <<<"$1" 2>&1 || true`, '', definition]);
  return stdout.includes(`"${folder}/vms/disks/vm-1.qcow2" rwk`);
}

test('where AppArmor confines QEMU, places that it refuses are named, and no others', async (t) => {
  const apparmor = (enabled: string) =>
    `mount -t tmpfs none /sys/module; mkdir -p /sys/module/apparmor/parameters; echo ${enabled} >/sys/module/apparmor/parameters/enabled`;
  const refused = [
    '/usr/share/w',
    '/usr/local/lib/w',
    '/lib/w',
    '/boot/w',
    '/etc/w',
    '/usr/bin/w',
    '/usr/local/sbin/w',
  ];
  const fine = ['/var/lib/w', '/srv/w', '/opt/w', '/mnt/.w', '/usr/local/w', '/usr/w', '/home/u/w', '/root/w'];
  // The helper's own profile, which is not in force where AppArmor is not.
  const hidden = ['/home/u/.w', '/root/.w', '/home/u/bin/w', '/root/bin'];
  const told = async (folders: string[], enabled: string) => {
    const name = folders.map((folder) => `WEBHOSTER_DATA_DIR=${folder} check_apparmor`).join('\n');
    return (await says(name, { preparation: apparmor(enabled) })).trim().split('\n').at(-1);
  };
  t.is(await told([...refused, ...hidden], 'Y'), String(refused.length + hidden.length));
  t.is(await told(fine, 'Y'), '0');
  t.is(await told([...refused, ...hidden], 'N'), '0');
  for (const folder of refused) t.false(await helperTakes(folder), folder);
  for (const folder of fine) t.true(await helperTakes(folder), folder);
});
