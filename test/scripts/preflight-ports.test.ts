// What scripts/docker-start.sh --check says of ports: real listeners, in a network of their own. What Docker knows of
// containers is said by a stand-in.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { listen, makeCheckout, says, withProgram } from './preflight.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Containers that run, each with the process that a shell's variable names; two hostings, of users 7 and 8. */
function installation(
  t: ExecutionContext,
  { running = ['postgres', 'proxy', 'api'], root = '/nonexistent', volume = true } = {},
) {
  const docker = `case "$*" in
      info*ServerVersion*) echo 28.2 ;;
      info*DockerRootDir*) echo ${root} ;;
      ${running.map((name) => `ps*service=${name}*) echo ${name} ;;`).join('\n')}
      ps*) ;;
      "volume inspect webhoster-none-such_proxy") ${volume} ;;
      inspect*proxy) cat /run/main-process ;;
      inspect*api) echo 1 ;;
      exec*postgres*ssh_port*) printf '12001 7\\n12002 8\\n' ;;
      *) exit 1 ;;
    esac`;
  return { environment: withProgram(t, 'docker', docker), checkout: makeCheckout(t, ['.env']) };
}

/** Begins what follows in the proxy's container, so to say: below its main process. */
const inProxy = (what: string) => `
  mount -t tmpfs none /run
  { ${what}; wait; } & echo $! >/run/main-process
  while [[ ! $(listeners) ]]; do sleep 0.1; done
  `;
const noProxy = 'mount -t tmpfs none /run; true >/run/main-process\n';
const allGood = '  ✔ ports 80, 443, 8000 and 10000-20000\n0\n';

test('a program on the SSH port of a hosting is named, with the hosting, whether the proxy runs or not', async (t) => {
  const folder = temporaryFolder(t);
  for (const running of [['postgres'], ['postgres', 'proxy', 'api']]) {
    const preparation = `${listen(folder)} ${noProxy} listen intruder 12001`;
    t.regex(
      await says('check_ports', { ...installation(t, { running }), preparation }),
      /^ {2}! SSH port 12001 of hosting-7 has intruder \(process \d+\): its owner cannot log in .*\n0\n$/,
    );
  }
});

test('what our proxy listens on is right, and what another does beside it is not', async (t) => {
  const folder = temporaryFolder(t);
  const start = `${listen(folder)} ${inProxy('listen nginx 80 443 12001')}`;
  t.is(await says('check_ports', { ...installation(t), preparation: start }), allGood);
  const told = await says('check_ports', { ...installation(t), preparation: `${start} listen nginx 12002` });
  t.regex(told, /^ {2}! SSH port 12002 of hosting-8 has nginx [^✘]*\n0\n$/);
});

test('where nobody listens at all, that is right', async (t) => {
  t.is(await says('check_ports', { ...installation(t), preparation: noProxy }), allGood);
});

test('the ports of the PROXY protocol are the proxy’s too', async (t) => {
  const folder = temporaryFolder(t);
  const { environment, ...others } = installation(t);
  const about = { ...others, environment: { ...environment, PROXY_PROTOCOL_PORTS: '8081,8444' } };
  const start = `${listen(folder)} ${inProxy('listen nginx 80 443 8081')}`;
  t.is(await says('check_ports', { ...about, preparation: start }), allGood);
  const told = await says('check_ports', { ...about, preparation: `${start} listen intruder 8444` });
  t.regex(told, /✘ port 8444 has intruder/);
});

test('where no hosting has its port, another program is only told of', async (t) => {
  const folder = temporaryFolder(t);
  const preparation = `${listen(folder)} ${noProxy} listen other 12003 12004 12005 12006`;
  t.regex(
    await says('check_ports', { ...installation(t), preparation }),
    /^ {2}! port 12003 12004 12005 and 1 more has other \(process \d+\): no hosting can have it for SSH\n {2}✔ ports .*\n0\n$/,
  );
});

test('a listener on IPv6 counts too', async (t) => {
  const node = `${process.execPath} -e 'require("net").createServer().listen(12001, "::")' &`;
  const preparation = `${listen(temporaryFolder(t))} ${noProxy} ${node} until_it_listens 12001`;
  t.regex(
    await says('check_ports', { ...installation(t), preparation }),
    /SSH port 12001 of hosting-7 has node \(process/,
  );
});

test('the ports of the proxy and the api are theirs only while they hold them', async (t) => {
  const folder = temporaryFolder(t);
  const preparation = `${listen(folder)} ${noProxy} listen docker-proxy 8000; listen squatter 80`;
  // The proxy runs, so Docker says, and does not have its port.
  t.regex(
    await says('check_ports', { ...installation(t), preparation }),
    /^ {2}✘ port 80 has squatter \(process \d+\)\. End that, [^✘]*\n1\n$/,
  );
  const without = { ...installation(t, { running: ['postgres', 'proxy'] }), preparation };
  t.regex(await says('check_ports', without), /✘ port 8000 has docker-proxy [^]*\n2\n$/);
});

test('without PostgreSQL the proxy’s files tell which hosting has a port, and without them it is not known', async (t) => {
  const [folder, root] = [temporaryFolder(t), temporaryFolder(t)];
  const sites = join(root, 'volumes/webhoster-none-such_proxy/_data/sites/ports');
  const preparation = `${listen(folder)} ${noProxy} listen intruder 12009`;
  const unknown = await says('check_ports', { ...installation(t, { running: [], root }), preparation });
  t.regex(
    unknown,
    /^ {2}! port 12009 has intruder .* cannot be told while neither Docker nor PostgreSQL runs[^✔]*\n0\n$/,
  );
  const none = { ...installation(t, { running: [], root, volume: false }), preparation };
  t.regex(await says('check_ports', none), /^ {2}! port 12009 has intruder .*: no hosting can have it for SSH\n {2}✔/);
  mkdirSync(sites, { recursive: true });
  const known = () => says('check_ports', { ...installation(t, { running: [], root }), preparation });
  writeFileSync(join(sites, '12009'), '9\n');
  t.regex(await known(), /^ {2}! SSH port 12009 of hosting-9 has intruder [^✘]*\n0\n$/);
});

test('while Docker is down, its folder is where its configuration says', async (t) => {
  const [folder, root, etc] = [temporaryFolder(t), temporaryFolder(t), temporaryFolder(t)];
  const sites = join(root, 'volumes/webhoster-none-such_proxy/_data/sites/ports');
  mkdirSync(sites, { recursive: true });
  writeFileSync(join(sites, '12009'), '9\n');
  writeFileSync(join(etc, 'daemon.json'), `{ "data-root": "${root}" }`);
  const preparation = `${listen(folder)} listen intruder 12009
    mkdir -p /etc/docker; mount --bind ${etc} /etc/docker`;
  const environment = withProgram(t, 'docker', 'exit 1');
  const told = await says('check_ports', { environment, preparation, checkout: makeCheckout(t, ['.env']) });
  t.regex(told, /^ {2}! SSH port 12009 of hosting-9 has /);
});

test('what only root can see is not called good, nor a problem', async (t) => {
  const folder = temporaryFolder(t);
  const preparation = `${listen(folder)} ${noProxy} listen nginx 80; is_root() { false; }; sockets() { :; }`;
  t.regex(
    await says('check_ports', { ...installation(t), preparation }),
    /^ {2}! port 80 has a program that only root can see: run this with sudo [^✔✘]*\n0\n$/,
  );
});

test('ports that the kernel gives to connections are kept from it', async (t) => {
  const told = async (range: string, reserved = '') => {
    const preparation = `echo ${range} >/proc/sys/net/ipv4/ip_local_port_range
      echo '${reserved}' >/proc/sys/net/ipv4/ip_local_reserved_ports`;
    return says('check_local_ports', { preparation });
  };
  t.is(await told('32768 60999'), '0\n');
  const command = await told('1024 65535', '8080');
  t.regex(
    command,
    /^ {2}! The kernel gives ports 1024-65535 [^]*ip_local_reserved_ports=8080,10000-20000 >\/etc\/sysctl\.d/,
  );
  t.is(await told('1024 65535', '8080,9000-20000'), '0\n');
});

test('ports that cannot be are said before anything reckons with them', async (t) => {
  const told = (environment: NodeJS.ProcessEnv) => says('check_settings || true', { environment });
  t.is(await told({}), '0\n');
  t.regex(await told({ HTTP_PORT: '80a' }), /^ {2}✘ HTTP_PORT is a number from 1 to 65535, not '80a': sudo .*\n1\n$/);
  t.regex(await told({ API_PORT: '65536' }), /✘ API_PORT is [^]*\n1\n$/);
  t.regex(
    await told({ HTTPS_PORT: '80' }),
    /✘ HTTPS_PORT and HTTP_PORT are both 80|✘ HTTP_PORT and HTTPS_PORT are both 80/,
  );
  t.regex(
    await told({ API_PORT: '10022' }),
    /✘ API_PORT \(10022\) is one of the hostings' SSH ports, 10000-20000[^]*\n1\n$/,
  );
  t.regex(await told({ SSH_PORT_FIRST: '20001' }), /✘ SSH_PORT_FIRST \(20001\) is above SSH_PORT_LAST/);
  t.regex(await told({ HTTPS_REDIRECT: 'maybe' }), /✘ HTTPS_REDIRECT is off, on or strict[^]*\n1\n$/);
  t.regex(await told({ REDIRECT_PATHS: 'yes' }), /✘ REDIRECT_PATHS is off or on[^]*\n1\n$/);
  const behind = { TRUSTED_PROXIES: '192.0.2.7,10.0.0.0/8,2001:db8::/32', PROXY_PROTOCOL_PORTS: '8081,8444' };
  t.is(await told(behind), '0\n');
  for (const TRUSTED_PROXIES of ['lb.example', '10.0.0.0/33', '192.0.2', '192.0.2.7;10.0.0.1'])
    t.regex(await told({ TRUSTED_PROXIES }), /✘ TRUSTED_PROXIES is addresses and networks[^]*\n1\n$/, TRUSTED_PROXIES);
  for (const PROXY_PROTOCOL_PORTS of ['8081', '8081,8444,1', 'on', '8081,x'])
    t.regex(await told({ ...behind, PROXY_PROTOCOL_PORTS }), /✘ PROXY_PROTOCOL_PORTS is a port for HTTP and one/);
  t.regex(await told({ PROXY_PROTOCOL_PORTS: '8081,8444' }), /TRUSTED_PROXIES does not say which/);
  t.regex(await told({ ...behind, PROXY_PROTOCOL_PORTS: '8081,443' }), /are both 443/);
  t.regex(await told({ ...behind, PROXY_PROTOCOL_PORTS: '8081,10022' }), /is one of the hostings' SSH ports/);
  t.regex(await told({ WEBHOSTER_DATA_DIR: 'data' }), /✘ WEBHOSTER_DATA_DIR is a path from \/ on[^]*\n1\n$/);
  t.regex(await told({ WEBHOSTER_CACHE_DIR: '/a b' }), /✘ WEBHOSTER_CACHE_DIR is a path [^]*\n1\n$/);
  t.regex(await told({ VM_NETWORK: '10.0.0.0' }), /✘ VM_NETWORK is a network of IPv4[^]*\n1\n$/);
  t.regex(await told({ DOCKER_SUBNET: '10.0.256.0/24' }), /✘ DOCKER_SUBNET is a network of IPv4[^]*\n1\n$/);
  t.regex(
    await says('check_settings || true', { checkout: '/srv/a:b' }),
    /✘ This checkout's path has a colon[^]*\n1\n$/,
  );
});
