// How the toolchain gets a program: the shell's own functions, against a server on loopback. Building is replaced.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'ava';
import { execa, execaSync } from 'execa';

const HERE = join(import.meta.dirname, '../../scripts/toolchain');
const RELEASE = releaseWith('#!/bin/sh\necho downloaded\n');

const GET_PULUMI = `
set -euo pipefail
for part in versions lib go tools; do . "$HERE/$part.sh"; done
build_pulumi() { echo "echo built" >"$2"; chmod +x "$2"; }
lock_cache
ensure pulumi "$PULUMI_BUILD" make_pulumi
sh "$PULUMI"
`;

function releaseWith(program: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'toolchain-release-'));
  mkdirSync(join(folder, 'pulumi'));
  writeFileSync(join(folder, 'pulumi/pulumi'), program, { mode: 0o755 });
  const tar = ['--create', '--gzip', '--directory', folder, 'pulumi'];
  const { stdout } = execaSync('tar', tar, { encoding: 'buffer', timeout: 60_000 });
  rmSync(folder, { recursive: true });
  return Buffer.from(stdout);
}

/** A cache folder and a server of releases, as one test sees them. */
class Place {
  readonly folder = mkdtempSync(join(tmpdir(), 'toolchain-test-'));
  readonly tools = join(this.folder, 'toolchain');
  readonly requests: string[] = [];
  readonly #checksums = join(this.folder, 'checksums.txt');
  #server: Server | undefined;

  pin(content: Buffer | string): void {
    const sum = createHash('sha256').update(content).digest('hex');
    const [, version] = /PULUMI_VERSION=(.*)/.exec(readFileSync(join(HERE, 'versions.sh'), 'utf8')) ?? [];
    writeFileSync(this.#checksums, `${sum}  pulumi-v${version}-linux-x64.tar.gz\n`);
  }

  async serve(answer: RequestListener): Promise<void> {
    this.#server = createServer((request, response) => {
      this.requests.push(request.url ?? '');
      answer(request, response);
    }).listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  run() {
    const port = this.#server ? (this.#server.address() as AddressInfo).port : 1;
    const env = { HERE, TOOLS: this.tools, CHECKSUMS: this.#checksums };
    return execa('bash', ['-c', GET_PULUMI], {
      env: { ...env, WEBHOSTER_GITHUB_URL: `http://127.0.0.1:${String(port)}` },
      detached: true, // so that it can be killed with its children
      timeout: 60_000,
      stripFinalNewline: false,
      reject: false,
    });
  }

  leftovers(): string[] {
    return readdirSync(this.tools).filter((name) => name.startsWith('.tmp.'));
  }

  close(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
    rmSync(this.folder, { recursive: true });
  }
}

test('a release with the pinned checksum is used, and asked for once', async (t) => {
  const place = new Place();
  t.teardown(() => place.close());
  place.pin(RELEASE);
  await place.serve((_, response) => response.end(RELEASE));

  const first = await place.run();
  t.is(first.exitCode, 0, first.stderr);
  t.is(first.stdout, 'downloaded\n');
  t.is(place.requests.length, 1);
  t.regex(place.requests[0] ?? '', /^\/pulumi\/pulumi\/releases\/download\/v[\d.]+\/pulumi-v/);

  const second = await place.run();
  t.like(second, { exitCode: 0, stdout: 'downloaded\n', stderr: '' });
  t.is(place.requests.length, 1);
});

test('a release with another checksum is refused, and the program is built', async (t) => {
  const place = new Place();
  t.teardown(() => place.close());
  place.pin('something else');
  await place.serve((_, response) => response.end(RELEASE));

  const { exitCode, stdout, stderr } = await place.run();
  t.is(exitCode, 0, stderr);
  t.is(stdout, 'built\n');
  t.regex(stderr, /Refused: http.* is not the one that is pinned for it/);
  t.deepEqual(readdirSync(dirname(programIn(place))), ['pulumi']);
});

test('where the release is not to be had, the program is built', async (t) => {
  const place = new Place();
  t.teardown(() => place.close());
  place.pin(RELEASE);
  const { stdout, stderr } = await place.run();
  t.is(stdout, 'built\n');
  t.regex(stderr, /Not downloaded: http/);
});

test('what has no pinned checksum is not even asked for', async (t) => {
  const place = new Place();
  t.teardown(() => place.close());
  writeFileSync(join(place.folder, 'checksums.txt'), '# nothing\n');
  await place.serve((_, response) => response.end(RELEASE));
  t.is((await place.run()).stdout, 'built\n');
  t.deepEqual(place.requests, []);
});

test('a run that was killed leaves nothing that the next one would take for a program', async (t) => {
  const place = new Place();
  t.teardown(() => place.close());
  place.pin(RELEASE);
  let serveAll = false;
  const asked = Promise.withResolvers<undefined>();
  await place.serve((_, response) => {
    if (serveAll) return response.end(RELEASE);
    response.writeHead(200, { 'Content-Length': RELEASE.length });
    response.write(RELEASE.subarray(0, 10), () => asked.resolve(undefined));
  });
  const interrupted = place.run();
  await asked.promise;
  process.kill(-(interrupted.pid ?? 0), 'SIGKILL');
  await interrupted;
  t.false(existsSync(programIn(place)));
  t.is(place.leftovers().length, 1);

  serveAll = true;
  t.is((await place.run()).stdout, 'downloaded\n');
  t.deepEqual(place.leftovers(), []);
});

test('of two runs at once, one makes the program and the other one finds it', async (t) => {
  const place = new Place();
  t.teardown(() => place.close());
  place.pin(RELEASE);
  await place.serve((_, response) => setTimeout(() => response.end(RELEASE), 300));
  const [one, two] = await Promise.all([place.run(), place.run()]);
  t.deepEqual([one.stdout, two.stdout], ['downloaded\n', 'downloaded\n']);
  t.is(place.requests.length, 1);
});

function programIn(place: Place): string {
  const folder = join(place.tools, 'pulumi');
  return join(folder, existsSync(folder) ? (readdirSync(folder)[0] ?? '') : '', 'pulumi');
}
