// Every sentence of the interface, by page. A key that lacks a language does not compile, and a page that asks for a key that
// does not exist is not rendered.
import { account } from './texts/account.ts';
import { certificates } from './texts/certificates.ts';
import { common } from './texts/common.ts';
import { docs } from './texts/docs.ts';
import { domains } from './texts/domains.ts';
import { errors } from './texts/errors.ts';
import { failures } from './texts/failures.ts';
import { hosting } from './texts/hosting.ts';
import { type Language, languages, type Sentences } from './texts/language.ts';
import { operations } from './texts/operations.ts';
import { operator } from './texts/operator.ts';
import { start } from './texts/start.ts';

const pages = {
  account,
  certificates,
  common,
  docs,
  domains,
  errors,
  failures,
  hosting,
  operations,
  operator,
  start,
} satisfies Record<string, Sentences>;

type Pages = typeof pages;
export type Texts = { [Page in keyof Pages]: Record<keyof Pages[Page], string> };

function inLanguage(language: Language): Texts {
  const pick = (sentences: Sentences) =>
    Object.fromEntries(Object.entries(sentences).map(([key, sentence]) => [key, sentence[language]]));
  return Object.fromEntries(Object.entries(pages).map(([page, sentences]) => [page, pick(sentences)])) as Texts;
}

export const texts = Object.fromEntries(languages.map((language) => [language, inLanguage(language)])) as Record<
  Language,
  Texts
>;
