// What scripts/docker-start.sh --check says of networks, name servers and forwarding, in a network of their own.
import test from 'ava';
import { apart, makeCheckout, says } from './preflight.ts';

test('a network that overlaps another is named, with who has it', async (t) => {
  const free = "  ✔ containers' network 172.20.0.0/16\n  ✔ VMs' network 192.168.122.0/24\n0\n";
  t.is(await says('check_networks'), free);
  const preparation =
    'ip link add virbr0 type bridge; ip address add 192.168.122.1/24 dev virbr0; ip link set virbr0 up';
  t.regex(
    await says('check_networks', { preparation }),
    /✘ the VMs' network 192\.168\.122\.0\/24 overlaps virbr0 \(192\.168\.122\.0\/24\): choose another: sudo VM_NETWORK=\S+ docker-start\.sh\n1\n$/,
  );
  const environment = { VM_NETWORK: '172.20.5.0/24' };
  t.regex(
    await says('check_networks', { environment }),
    /✘ the containers' network \S+ and the VMs' network \S+ overlap: [^]*\n1\n$/,
  );
});

test('name servers that no VM can ask are told of, unless others are named', async (t) => {
  const told = (lines: string, variables: object = {}, files: string[] = []) =>
    says('VM_NAMESERVERS=${GIVEN:-$(nameservers)}; check_nameservers', {
      environment: { GIVEN: '', ...variables },
      preparation: `${apart('/etc')} mount -t tmpfs none /run; rm -f /etc/resolv.conf; printf '${lines}' >/etc/resolv.conf`,
      checkout: makeCheckout(t, files),
    });
  const note =
    /^ {2}! This machine asks no name server that VMs can ask, .*\n.*1\.1\.1\.1 and 9\.9\.9\.9\. .* VM_NAMESERVERS=\S+ docker-start\.sh\n0\n$/;
  t.regex(await told('nameserver 2001:db8::53\n'), note);
  t.regex(await told('nameserver 127.0.0.1\n'), note);
  t.is(await told('nameserver 2001:db8::53\nnameserver 192.0.2.1\n'), '0\n');
  t.is(await told('nameserver 1.1.1.1\nnameserver 9.9.9.9\n'), '0\n', 'they are its own');
  t.is(await told('nameserver 2001:db8::53\n', { GIVEN: '192.0.2.53' }), '0\n');
  t.is(await told('nameserver 2001:db8::53\n', {}, ['.env']), '0\n', 'it is set');
});

test('a kernel that may not forward is named', async (t) => {
  const readOnly = 'mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys';
  const forward = (value: number) => `echo ${value} >/proc/sys/net/ipv4/ip_forward;`;
  t.is(await says('check_forwarding', { preparation: forward(0) }), '0\n');
  t.is(await says('check_forwarding', { preparation: `${forward(1)} ${readOnly}` }), '0\n');
  const told = await says('check_forwarding', { preparation: `${forward(0)} ${readOnly}` });
  t.regex(
    told,
    /^ {2}✘ The kernel forwards nothing, and \/proc\/sys\/net\/ipv4\/ip_forward cannot be written[^]*\n1\n$/,
  );
});

test('a file that would take forwarding away again is named, if it is the one that counts', async (t) => {
  const told = (files: Record<string, string>) =>
    says('check_forwarding', {
      preparation: `${apart('/etc')} mkdir -p /etc/sysctl.d; rm -f /etc/sysctl.d/* /etc/sysctl.conf
        ${Object.entries(files)
          .map(([name, line]) => `echo '${line}' >/etc/${name}`)
          .join('\n')}`,
    });
  t.is(await told({}), '0\n');
  t.regex(
    await told({ 'sysctl.d/60-policy.conf': 'net.ipv4.ip_forward = 0' }),
    /^ {2}! \/etc\/sysctl\.d\/60-policy\.conf sets net\.ipv4\.ip_forward to 0\. [^]*\n0\n$/,
  );
  t.regex(await told({ 'sysctl.conf': 'net/ipv4/conf/all/forwarding=0' }), /^ {2}! \/etc\/sysctl\.conf sets/);
  const off = 'net.ipv4.ip_forward=0';
  t.is(await told({ 'sysctl.d/60-policy.conf': off, 'sysctl.d/99-ours.conf': 'net.ipv4.ip_forward=1' }), '0\n');
  t.is(await told({ 'sysctl.d/60-policy.conf': `#${off}` }), '0\n');
});
