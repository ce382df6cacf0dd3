// What scripts/docker-start.sh --check says of the machine's firewall: a real ufw and real rules, in a network of their own.
import test from 'ava';
import { apart, says, withProgram } from './preflight.ts';

/** ufw with a configuration of its own, and two other machines: a worker's container, and a visitor. */
const network = `
  mount -t tmpfs none /run
  mkdir /run/ufw /run/default /run/netns
  cp -a /etc/ufw/. /run/ufw; mount --bind /run/ufw /etc/ufw
  cp -a /etc/default/. /run/default; mount --bind /run/default /etc/default
  ip link add docker0 type bridge; ip address add 172.17.0.1/16 dev docker0; ip link set docker0 up
  machine() {
    touch /run/netns/$1; unshare --net=/run/netns/$1 true
    ip link add "$1" type veth peer name eth0 netns "$1"
    ip address add "$2.1/24" dev "$1"; ip link set "$1" up
    in_network "$1" ip address add "$2.2/24" dev eth0
    in_network "$1" ip link set eth0 up
    in_network "$1" ip route add default via "$2.1"
  }
  in_network() { nsenter --net=/run/netns/$1 "\${@:2}"; }
  machine worker 172.20.0
  machine visitor 198.51.100
  listener() { perl -MIO::Socket::INET -e 'push @all, IO::Socket::INET->new(LocalPort => $_, Listen => 9) for @ARGV; sleep' "$@"; }
  listener 80 443 12001 & in_network visitor bash -c "$(declare -f listener); listener 7777" &
  tries() {
    if in_network "$1" timeout 2 bash -c "until exec 3<>/dev/tcp/$2/$3; do sleep 0.1; done" 2>/dev/null
    then echo "$1 reaches $3"; else echo "$1 does not reach $3"; fi
  }
  `;
const enable = 'ufw --force reset >/dev/null; ufw --force enable >/dev/null; ufw default deny routed >/dev/null\n';
/** The check, and then what it says to do. */
const doAsSaid = 'check_ufw | tee /run/said; eval "$(grep "^      ufw " /run/said)" >/dev/null';

test('ufw that keeps workers and visitors out is told what to let in, and then does', async (t) => {
  t.timeout(120_000);
  const tries = 'tries worker 172.17.0.1 80; tries worker 172.17.0.1 12001; tries visitor 198.51.100.1 443';
  const told = await says(`${tries}; ${doAsSaid}; ${tries}; check_ufw`, { preparation: network + enable });
  t.regex(
    told,
    new RegExp(
      [
        '^worker does not reach 80\nworker does not reach 12001\nvisitor does not reach 443\n',
        '  ✘ ufw keeps the workers from the proxy, .* VM_NOT_READY. Say\n',
        '      ufw allow proto tcp from 172.20.0.0/16 to any port 80,10000:20000 comment Webhoster\n',
        '  ! ufw does not let everybody in [^]* say\n',
        '      ufw allow proto tcp to any port 80,443,10000:20000 comment Webhoster\n',
        'worker reaches 80\nworker reaches 12001\nvisitor reaches 443\n',
        '  ✔ ufw lets workers through to the proxy\n0\n$',
      ].join(''),
    ),
  );
});

test('what ufw would not forward passes by the rules of the guard', async (t) => {
  t.timeout(120_000);
  // As in stacks/firewall.ts.
  const guard = 'for way in -i -o; do iptables -I FORWARD $way worker -j ACCEPT; done';
  const tries = 'tries worker 198.51.100.2 7777';
  const preparation = `${network} echo 1 >/proc/sys/net/ipv4/ip_forward; ${enable}`;
  const told = await says(`${tries}; ${guard}; ${tries}; ufw reload >/dev/null; ${tries}`, { preparation });
  t.is(told, 'worker does not reach 7777\nworker reaches 7777\nworker reaches 7777\n0\n');
});

test('of ufw’s rules those count that let workers in on every port', async (t) => {
  t.timeout(180_000);
  const ssh = 'ufw allow 10000:20000/tcp';
  const cases: [rules: string[], found: string][] = [
    [['ufw allow 80,443/tcp', ssh], '✔'],
    [['ufw allow "WWW Full"', ssh], '✔'],
    [['ufw allow from 172.16.0.0/12'], '✔!'],
    [['ufw allow 80', ssh, 'ufw allow 443/tcp'], '✔'],
    [['ufw default allow incoming'], '✔'],
    [['ufw default allow incoming', 'ufw deny 80/tcp'], '✘!'],
    [['ufw deny 80/tcp', 'ufw allow 80,443/tcp', ssh], '✘!'],
    [['ufw allow from 10.0.0.0/8', 'ufw allow 80/udp', ssh], '✘!'],
    [['ufw allow 80,443/tcp', 'ufw allow 10000:19999/tcp'], '✘!'],
    [['ufw allow in on eth7 to any port 80,443 proto tcp', ssh], '✘!'],
    [['ufw limit 80/tcp', 'ufw allow 443/tcp', ssh], '✘!'],
  ];
  const script = cases.map(
    ([rules]) => `{ ${[...rules, 'ufw --force enable'].join('; ')}; } >/dev/null
      check_ufw | grep -oE '^  [✔✘!]' | tr -d ' \\n'; echo
      { ufw --force reset; ufw default deny incoming; } >/dev/null`,
  );
  const told = await says(script.join('\n'), { preparation: `${network}${enable} ufw --force reset >/dev/null` });
  t.deepEqual(
    told.trim().split('\n').slice(0, -1),
    cases.map(([, found]) => found),
  );
});

test('a ufw that is not active says nothing, and one that does not answer is not called good', async (t) => {
  t.is(await says('check_ufw', { preparation: `${network} ufw --force reset >/dev/null` }), '0\n');
  const environment = withProgram(t, 'ufw', 'echo Status: active');
  t.regex(
    await says('check_ufw', { environment }),
    /^ {2}! ufw is active, and what it lets in cannot be seen: .*\n0\n$/,
  );
});

test('iptables of the legacy kind is named', async (t) => {
  t.is(await says('check_iptables'), '0\n');
  const legacy = `${apart('/etc')} ln -sf /usr/sbin/iptables-legacy /etc/alternatives/iptables`;
  t.regex(await says('check_iptables', { preparation: legacy }), /^ {2}✘ iptables is the legacy one [^]*\n1\n$/);
});

test('rules of somebody’s own that let in only what they name are told of', async (t) => {
  const told = (preparation: string) => says('check_other_firewall', { preparation });
  t.is(await told(''), '0\n');
  t.regex(
    await told('iptables -P INPUT DROP'),
    /^ {2}! Rules of this machine's own [^]* from 172\.20\.0\.0\/16, [^]*\n0\n$/,
  );
  const table = '/usr/sbin/nft add table inet mine; /usr/sbin/nft add chain inet mine in';
  t.regex(await told(`${table} '{ type filter hook input priority 0; policy drop; }'`), /^ {2}! Rules of [^]*\n0\n$/);
  t.is(await told(`${table} '{ type filter hook input priority 0; policy accept; }'`), '0\n');
  t.regex(
    await says('is_root() { false; }; check_other_firewall'),
    /^ {2}! whether a firewall .* only known to root\n0\n$/,
  );
  t.regex(await told('mount --bind /bin/false /usr/sbin/nft'), /^ {2}! whether rules of [^]*\n0\n$/);
  // npm has one that is something else.
  const other = withProgram(t, 'nft', 'exit 1');
  t.is(await says('check_other_firewall', { environment: other }), '0\n');
  // Those of ufw are told of as ufw's.
  t.is(await told(`${network}${enable}`), '0\n');
});

// What follows is asked of a stand-in: firewalld would be in charge of this machine. That these commands open what they are
// said to was tried once with firewalld 1.3.3 in a network namespace, under our rules.
test('firewalld is told to leave the bridge to our rules', async (t) => {
  const firewalld = (state: string, trusted: string) =>
    withProgram(
      t,
      'firewall-cmd',
      `case "$*" in
        --state) ${state} ;;
        "--quiet --permanent --zone=trusted --query-interface=wh-local") ${trusted} ;;
        *) echo "unexpected: $*"; exit 2 ;;
      esac`,
    );
  const check = (state: string, trusted: string) => says('check_firewalld', { environment: firewalld(state, trusted) });
  t.is(await check('exit 252', 'exit 1'), '0\n', 'it does not run');
  const told = await check('true', 'exit 1');
  t.regex(told, /^ {2}! firewalld runs: .*\n +firewall-cmd --permanent --zone=trusted --add-interface=wh-local\n/);
  t.regex(told, /--add-port=80\/tcp --add-port=443\/tcp --add-port=10000-20000\/tcp\n.*--reload\n[^]*\n0\n$/);
  t.is(await check('true', 'true'), '  ✔ firewalld leaves wh-local to our rules\n0\n');
});
