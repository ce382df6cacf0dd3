import { fileURLToPath } from 'node:url';
import { Liquid } from 'liquidjs';
import { texts } from './web/texts.ts';
import type { Language } from './web/texts/language.ts';

const engine = new Liquid({
  root: fileURLToPath(new URL('web', import.meta.url)),
  extname: '.liquid',
  cache: true,
  strictVariables: true,
  strictFilters: true,
  // Templates ask first whether a variable that may be missing is there.
  lenientIf: true,
  // Whatever stands in a page was given by somebody: a name, an address, an error.
  outputEscape: 'escape',
});

/** Puts values into a sentence: `{{ t.after | fill: "time", expected }}`. */
engine.registerFilter('fill', (sentence: string, ...pairs: unknown[]) => {
  let filled = sentence;
  for (let index = 0; index < pairs.length; index += 2)
    filled = filled.replaceAll(`{${String(pairs[index])}}`, String(pairs[index + 1]));
  return filled;
});

export type PageVariables = Record<string, unknown>;

/**
 * Renders `templates/web/{name}.liquid`, with the sentences of its language as `t`.
 * @throws when a template, variable or sentence is missing
 */
export function renderWeb(name: string, language: Language, variables: PageVariables): string {
  return engine.renderFileSync(name, { ...variables, language, t: texts[language] }) as string;
}
