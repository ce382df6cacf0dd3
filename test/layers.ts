import { readFileSync, globSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';

/** Source text by path from the root of the checkout. */
export type Sources = Record<string, string>;

const layers = ['api', 'stacks', 'programs', 'templates'];
/** What a layer may import of ours, besides itself. */
const below: Record<string, string[]> = {
  api: ['stacks', 'programs', 'templates'],
  stacks: ['programs'],
  programs: ['templates'],
  templates: [],
};
/**
 * The rooms of the api, and what each may import of the others, types apart: a type is gone once it runs. The files
 * outside rooms are everybody's, and import models only.
 */
export const rooms: Record<string, string[]> = {
  config: [],
  models: [],
  stores: ['models'],
  activator: ['http', 'models', 'operations', 'stores'],
  certificates: ['config', 'models', 'stores'],
  domains: ['models', 'stores'],
  health: ['certificates', 'models', 'stores'],
  operations: ['config', 'models', 'stores'],
  accounts: ['models', 'operations', 'stores'],
  admin: ['certificates', 'config', 'health', 'models', 'operations', 'stores'],
  jobs: ['certificates', 'domains', 'models', 'operations', 'stores'],
  http: ['accounts', 'admin', 'certificates', 'config', 'domains', 'health', 'models', 'operations'],
  web: ['accounts', 'admin', 'http', 'stores'],
  processes: [
    'accounts',
    'activator',
    'certificates',
    'config',
    'domains',
    'health',
    'http',
    'jobs',
    'models',
    'operations',
    'stores',
  ],
  '': ['models'],
};
/** The one way into the interface. */
const wayIntoInterface = { from: 'api/http/app.ts', to: 'api/web/interface.ts' };

/** Databases and HTTP are the api's. */
const apiOnly =
  /^(acme-client|pg|tldts|sequelize|umzug|ioredis|koa|koa-.*|@koa\/.*|pino|jsonwebtoken|zod|zod-openapi)$/;
const automation = '@pulumi/pulumi/automation';

export function readSources(root: string): Sources {
  const paths = layers.flatMap((layer) => globSync(`${layer}/**/*.ts`, { cwd: root }));
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

/** What breaks the rules of design.md about who may import whom; empty when all is well. */
export function violations(sources: Sources): string[] {
  const entries = Object.entries(sources);
  return [
    ...entries.flatMap(([path, text]) => [
      ...importViolations(path, text),
      ...roomViolations(path, text),
      ...environmentViolations(path, text),
      ...sqlViolations(path, text),
      ...modelViolations(path, text),
      ...placeViolations(path, text),
    ]),
    ...cycles(sources),
  ];
}

function importViolations(path: string, text: string): string[] {
  const layer = layerOf(path);
  const told = (name: string) => `${path} imports ${name}`;
  return importsOf(text).flatMap((name) => {
    if (name.startsWith('.')) {
      const target = layerOf(resolve(path, name));
      return target === layer || below[layer]?.includes(target) ? [] : [told(name)];
    }
    const allowed =
      (layer === 'stacks' || !name.startsWith(automation)) && (layer === 'api' || !apiOnly.test(packageOf(name)));
    return allowed ? [] : [told(name)];
  });
}

function roomViolations(path: string, text: string): string[] {
  const room = roomOf(path);
  if (room === undefined) return [];
  return importsOf(withoutTypes(text)).flatMap((name) => {
    const target = name.startsWith('.') ? resolve(path, name) : '';
    const other = roomOf(target);
    if (!other || other === room || rooms[room]?.includes(other)) return [];
    return path === wayIntoInterface.from && target === wayIntoInterface.to ? [] : [`${path} imports ${name}`];
  });
}

/** Undefined outside the api, and empty for a file of the api that is in no room. */
function roomOf(path: string): string | undefined {
  const [layer, room = '', file] = path.split('/');
  if (layer !== 'api') return undefined;
  return file === undefined ? '' : room;
}

function environmentViolations(path: string, text: string): string[] {
  return !path.startsWith('api/config/') && /\bprocess\s*(\?\.|\.)\s*env\b|\benv\b.*from 'node:process'/.test(text)
    ? [`${path} reads the environment`]
    : [];
}

/** SQL is at home in the stores: sent as a statement, or as a part that Sequelize puts into one. */
const sql =
  /\.\s*query\s*(<[^()]*>)?\(|\bSequelize\.(literal|fn|col)\b|import[^;]*\b(literal|fn|col|QueryTypes)\b[^;]*from 'sequelize'/;

function sqlViolations(path: string, text: string): string[] {
  return path.startsWith('api/') && !path.startsWith('api/stores/') && sql.test(text) ? [`${path} has SQL`] : [];
}

/** Models are those of a database, which has them; only what connects to it makes them. */
function modelViolations(path: string, text: string): string[] {
  const defines = /import[^;]*\bdefine\w+[^;]*from '[^']*\/models\//.test(text);
  return defines && !/^api\/(models|stores)\//.test(path) ? [`${path} makes models`] : [];
}

/** Where a kind of place is chosen by the facts of its node. */
const choosers = ['programs/arguments.ts', 'programs/machine.ts', 'stacks/places.ts'];

/**
 * What knows libvirt has folders of its own; of the api only what puts a process together imports it. LIBVIRT_UNAVAILABLE and
 * its like are words of the api's own, for its clients.
 */
function placeViolations(path: string, text: string): string[] {
  if (/^(stacks|programs)\/libvirt\//.test(path) || choosers.includes(path)) return [];
  const imported = importsOf(text).filter((name) => /libvirt/.test(name));
  if (path.startsWith('api/'))
    return path.startsWith('api/processes/') ? [] : imported.map((name) => `${path} imports ${name}`);
  // Templates have their own words, and pages tell of libvirt.
  if (path.startsWith('templates/')) return [];
  return /[Ll]ibvirt|[Vv]irsh/.test(withoutComments(text)) ? [`${path} knows libvirt`] : [];
}

/** Modules that need one another to be loaded first. Imports of types alone are gone by then. */
function cycles(sources: Sources): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: string[]) => {
    if (trail.includes(path)) found.push(`cycle: ${[...trail.slice(trail.indexOf(path)), path].join(' > ')}`);
    if (done.has(path) || trail.includes(path)) return;
    const text = sources[path] ?? '';
    const names = importsOf(withoutTypes(text)).filter((name) => name.startsWith('.'));
    for (const name of names) visit(resolve(path, name), [...trail, path]);
    done.add(path);
  };
  for (const path of Object.keys(sources)) visit(path, []);
  return found;
}

function importsOf(text: string): string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
}

function withoutTypes(text: string): string {
  const compilerOptions = { verbatimModuleSyntax: true, module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ESNext };
  return ts.transpileModule(text, { compilerOptions }).outputText;
}

function withoutComments(text: string): string {
  const source = ts.createSourceFile('x.ts', text, ts.ScriptTarget.ESNext);
  return ts.createPrinter({ removeComments: true }).printFile(source);
}

function layerOf(path: string): string {
  return path.split('/')[0] ?? '';
}

function resolve(from: string, name: string): string {
  return normalize(join(dirname(from), name));
}

function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}
