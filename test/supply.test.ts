// What this is built of: pinned, with checksums, and told in full.
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import test from 'ava';
import { run } from './support/run.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const json = <T>(path: string) => JSON.parse(read(path)) as T;

type Versions = Record<string, string>;
interface Manifest {
  dependencies: Versions;
  devDependencies: Versions;
  optionalDependencies: Versions;
}
interface Lock {
  lockfileVersion: number;
  packages: Record<string, Partial<Manifest> & { version?: string; integrity?: string; link?: boolean }>;
}

const manifest = json<Manifest>('package.json');
const lock = json<Lock>('package-lock.json');
const kinds = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;
/** What the toolchain makes, and no registry has. */
const sdk = { name: '@pulumi/libvirt', folder: '.toolchain/sdks/libvirt' };
/** The packages of a kind that come from the registry, with their versions. */
const fetched = (kind: (typeof kinds)[number]) => Object.entries(manifest[kind]).filter(([name]) => name !== sdk.name);

test('each npm package is pinned, and locked with a checksum', (t) => {
  for (const kind of kinds) {
    t.deepEqual(lock.packages['']?.[kind], manifest[kind]);
    for (const [name, version] of fetched(kind)) {
      t.regex(version, /^\d+\.\d+\.\d+$/, name);
      t.is(lock.packages[`node_modules/${name}`]?.version, version, name);
    }
  }
  const locked = Object.entries(lock.packages).filter(
    ([path]) => !['', sdk.folder, `node_modules/${sdk.name}`].includes(path),
  );
  t.true(locked.length > 500);
  t.deepEqual(
    locked.filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-')).map(([path]) => path),
    [],
  );
});

test('the SDK that the toolchain makes is named where it is, with its version', (t) => {
  const [, version] = /^BRIDGE_VERSION=(.*)$/m.exec(read('scripts/toolchain/versions.sh')) ?? [];
  t.is(manifest.dependencies[sdk.name], `file:${sdk.folder}`);
  t.is(lock.packages[sdk.folder]?.version, version);
  t.true(lock.packages[`node_modules/${sdk.name}`]?.link);
});

test('each Go module is locked with a checksum', (t) => {
  const modules = globSync(['scripts/toolchain/*/go.mod', 'test/{guest/clients,support/acme}/*/go.mod'], { cwd: root });
  t.is(modules.length, 4);
  for (const path of modules) {
    const text = read(path);
    // Modules that folders of ours stand in for: nothing of them is fetched.
    const ours = [...text.matchAll(/^replace (\S+) => (\.\.\/\S+)$/gm)].map(([, from = '', to = '']) => {
      t.true(existsSync(join(root, dirname(path), to, 'go.mod')), to);
      return from;
    });
    const replaced = new Map(
      [...text.matchAll(/^replace (\S+)(?: v\S+)? => (\S+ v\S+)$/gm)].map(([, from = '', to = '']) => [from, to]),
    );
    const required = [...text.matchAll(/^(?:require |\t)(\S+) (v\S+)/gm)]
      .filter(([, name = '']) => !ours.includes(name))
      .map(([, name = '', version = '']) => replaced.get(name) ?? `${name} ${version}`);
    t.true(required.length > 0, path);
    const sums = read(path.replace('go.mod', 'go.sum')).split('\n');
    t.deepEqual(
      required.filter((module) => !sums.some((line) => line.startsWith(`${module} h1:`))),
      [],
      path,
    );
  }
});

test('each tool from PyPI is pinned with a checksum', (t) => {
  const files = globSync('scripts/quality/python-tools/*.txt', { cwd: root });
  t.true(files.length > 0);
  for (const file of files) {
    for (const line of read(file).replaceAll('\\\n', ' ').trim().split('\n')) {
      t.regex(line, /^(?:[\w.-]+==[\w.]+(?:\s+--hash=sha256:[0-9a-f]{64})+|--no-binary sslyze|#.*)$/, file);
    }
  }
});

test('a tool from PyPI with another checksum is refused', async (t) => {
  t.timeout(240_000);
  const folder = temporaryFolder(t);
  const file = 'scripts/quality/python-tools/ssh-audit.txt';
  for (const script of ['scripts/quality/install-python-tool.sh', 'scripts/lib/cache.sh'])
    cpSync(join(root, script), join(folder, script));
  cpSync(join(root, dirname(file)), join(folder, dirname(file)), { recursive: true });
  writeFileSync(join(folder, file), read(file).replace(/sha256:\w{64}/, `sha256:${'0'.repeat(64)}`));
  const install = () =>
    run(join(folder, 'scripts/quality/install-python-tool.sh'), ['ssh-audit'], {
      env: { WEBHOSTER_CACHE_DIR: join(folder, 'cache') },
      timeout: 120_000,
    });
  await t.throwsAsync(install(), { message: /DO NOT MATCH THE HASHES/ });
  await t.throwsAsync(install(), { message: /DO NOT MATCH THE HASHES/ }, 'it is not taken for complete');
});

interface Bom {
  specVersion: string;
  metadata: { component: { name: string } };
  components: { name: string; purl?: string; components?: { name: string; purl: string }[] }[];
}

test('the SBOM is valid, and has every part', async (t) => {
  t.timeout(120_000);
  const folder = temporaryFolder(t);
  const image = join(folder, 'images/guest-0123456789ab');
  mkdirSync(image, { recursive: true });
  writeFileSync(join(image, 'image.json'), '{"suite":"jammy"}');
  writeFileSync(join(image, 'packages.txt'), 'libstdc++6=12.3.0-1ubuntu1~22.04.3\nopenssh-server=1:8.9p1-3\n');
  const { stdout } = await run(join(root, 'scripts/quality/sbom.sh'), [], {
    env: { WEBHOSTER_CACHE_DIR: folder },
    timeout: 100_000,
  });
  const bom = JSON.parse(stdout) as Bom;
  const isValid = bomValidator();
  t.true(isValid(bom), JSON.stringify(isValid.errors));
  t.false(isValid({ ...bom, components: [{ type: 'spaceship', name: 'x' }] }), 'the schema is in force');

  t.is(bom.metadata.component.name, 'webhoster');
  const purls = bom.components.flatMap(({ purl, components }) => [
    purl,
    ...(components ?? []).map((part) => part.purl),
  ]);
  for (const kind of ['dependencies', 'devDependencies'] as const) {
    for (const [name, version] of fetched(kind)) {
      t.true(purls.includes(`pkg:npm/${name.replace('@', '%40')}@${version}`), name);
    }
  }
  t.true(purls.includes('pkg:golang/github.com/pulumi/pulumi/pkg/v3@v3.256.0'));
  t.deepEqual(
    bom.components.find(({ name }) => name === 'guest-0123456789ab')?.components?.map(({ purl }) => purl),
    ['pkg:deb/ubuntu/libstdc%2B%2B6@12.3.0-1ubuntu1~22.04.3', 'pkg:deb/ubuntu/openssh-server@1%3A8.9p1-3'],
  );
});

/** CycloneDX's own schema. */
function bomValidator() {
  const { resolve } = createRequire(import.meta.url);
  const library = dirname(resolve('@cyclonedx/cyclonedx-library/package.json'));
  const schema = (name: string) =>
    JSON.parse(readFileSync(join(library, `res/schema/${name}.SNAPSHOT.schema.json`), 'utf8')) as object;
  const ajv = new Ajv({ strict: false, validateFormats: false });
  // It refers to the two by their files' names, which are not their ids.
  for (const name of ['spdx', 'jsf-0.82']) {
    ajv.addSchema(schema(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
  }
  return ajv.compile(schema('bom-1.5'));
}
