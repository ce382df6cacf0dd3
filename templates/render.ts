import { fileURLToPath } from 'node:url';
import { Liquid } from 'liquidjs';

const engine = new Liquid({
  root: fileURLToPath(new URL('.', import.meta.url)),
  cache: true,
  // A misspelt variable must fail the render, not leave a hole in an nginx file.
  strictVariables: true,
  strictFilters: true,
});

/**
 * Renders `templates/{name}.liquid`.
 * @throws when the file is missing, or names a variable or filter that does not exist.
 */
export function render(name: string, variables: object): string {
  return engine.renderFileSync(`${name}.liquid`, variables) as string;
}
