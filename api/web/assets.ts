import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import Router from '@koa/router';

const require = createRequire(import.meta.url);
const ours = (name: string) => fileURLToPath(new URL(`../../templates/web/${name}`, import.meta.url));
const swagger = (name: string) => require.resolve(`swagger-ui-dist/${name}`);
const htmx = (name: string) => require.resolve(`htmx.org/dist/${name}`);

/** In this order: of rules that say otherwise the later one counts. */
const styles = 'base layout forms pieces start hosting operation access operator narrow'.split(' ');

/** What each file is made of, one after the other. */
const sources = {
  'style.css': styles.map((name) => ours(`styles/${name}.css`)),
  'page.js': [ours('page.js')],
  'live.js': [htmx('htmx.min.js'), htmx('ext/hx-sse.min.js'), ours('live.js'), ours('again.js')],
  'docs.js': [swagger('swagger-ui-bundle.js'), ours('docs.js')],
  'swagger.css': [ours('docs.css'), swagger('swagger-ui.css')],
  'icon.svg': [ours('icon.svg')],
};

export type AssetName = keyof typeof sources;

interface Asset {
  path: string;
  type: string;
  content: string;
}

/** A file whose address changes with its content, so that browsers may keep it for good. */
function readAsset(name: string, files: string[]): Asset {
  // Each source map names a file that is not served.
  const content = files
    .map((file) => readFileSync(file, 'utf8').replace(/^\/[/*]# sourceMappingURL=.*$/m, ''))
    .join('\n');
  const sum = createHash('sha256').update(content).digest('hex').slice(0, 16);
  const type = extname(name);
  return { path: `/assets/${name.slice(0, -type.length)}.${sum}${type}`, type, content };
}

const assets = Object.entries(sources).map(([name, files]) => [name, readAsset(name, files)] as const);

/** Where pages find their files: `style.css` is `assetPaths.style`. */
export const assetPaths = Object.fromEntries(
  assets.map(([name, { path }]) => [name.replace(/\..*$/, ''), path]),
) as Record<string, string>;

/** Serves the files of the pages. */
export function createAssetRouter(): Router {
  const router = new Router();
  for (const [, { path, type, content }] of assets) {
    router.get(path, (ctx) => {
      ctx.set('Cache-Control', 'public, max-age=31536000, immutable');
      ctx.type = type;
      ctx.body = content;
    });
  }
  return router;
}
