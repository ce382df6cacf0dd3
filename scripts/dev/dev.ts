import { once } from 'node:events';
import { createServer } from 'node:net';
import { Installation } from './installation.ts';
import type { InstallationOptions } from './settings.ts';

/** What `scripts/dev.sh --help` tells; every port and the folder can be set. */
function optionsFrom(environment: NodeJS.ProcessEnv): InstallationOptions {
  const number = (name: string, fallback: number) => {
    const value = Number(environment[name] ?? fallback);
    if (!Number.isInteger(value) || value < 1 || value > 65535)
      throw new Error(`${name} must be a number from 1 to 65535.`);
    return value;
  };
  const directory = environment['WEBHOSTER_DATA_DIR'] ?? '/var/lib/webhoster';
  // It stands in commands and in the proxy's configuration, where white space separates.
  if (!/^\/[\w./-]+$/.test(directory)) {
    throw new Error('WEBHOSTER_DATA_DIR must be an absolute path of letters, digits, dots, dashes and underscores.');
  }
  const httpsRedirect = environment['HTTPS_REDIRECT'] ?? 'off';
  if (httpsRedirect !== 'off' && httpsRedirect !== 'on' && httpsRedirect !== 'strict')
    throw new Error('HTTPS_REDIRECT must be off, on or strict.');
  return {
    directory,
    httpPort: number('HTTP_PORT', 80),
    httpsPort: number('HTTPS_PORT', 443),
    httpsRedirect,
    apiPort: number('API_PORT', 8000),
    postgresPort: number('POSTGRES_PORT', 5442),
    redisPort: number('REDIS_PORT', 6389),
    workers: number('WORKERS', 1),
  };
}

const portNames = {
  HTTP_PORT: 'httpPort',
  HTTPS_PORT: 'httpsPort',
  API_PORT: 'apiPort',
  POSTGRES_PORT: 'postgresPort',
  REDIS_PORT: 'redisPort',
} as const;

/** @throws naming every port that another program has: it would answer in place of ours */
async function checkPorts(options: InstallationOptions): Promise<void> {
  const taken = [];
  for (const [name, key] of Object.entries(portNames)) {
    const server = createServer().listen(options[key], '0.0.0.0');
    const free = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (free) await once(server.close(), 'close');
    else taken.push(`${name}=${options[key]}`);
  }
  if (taken.length > 0)
    throw new Error(
      `These ports are taken: ${taken.join(', ')}. Set the variables to other ones, or end what has them.`,
    );
}

const say = (text: string) => console.log(`dev: ${text}`);

async function run(): Promise<void> {
  // To stay, as in api/processes/lifecycle.ts.
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => resolve());
  });
  const options = optionsFrom(process.env);
  await checkPorts(options);
  const installation = new Installation(options);
  try {
    const started = installation.start((part) => say(`starting ${part}`)).then(() => true);
    started.catch(() => undefined); // The race tells of it, unless it was stopped first.
    if (!(await Promise.race([started, stopped.then(() => false)]))) return;
    const { PUBLIC_URL: url } = installation.environment;
    say(`ready
  web interface ${url}
  API           ${url}/api/v1
  API documents ${url}/docs
  health        ${url}/api/v1/health/detailed
  data and logs ${options.directory}
  stacks        scripts/pulumi.sh stack ls
Stop everything with Ctrl-C; VMs keep running.`);
    await stopped;
  } finally {
    say('stopping');
    await installation.stop();
  }
}

const status = await run().then(
  () => 0,
  (error: unknown) => {
    console.error(`dev: ${(error as Error).message}`);
    return 1;
  },
);
// Whatever a start that was broken off still waits for.
process.exit(status);
