// Every failure that a visitor may see has a sentence of its own, and one thing has one word.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { longestDisplayName } from '../../api/accounts/display-name.ts';
import { siteNameRules } from '../../api/accounts/site-name-rules.ts';
import { errorCatalogue } from '../../api/error-catalogue.ts';
import { maximumDomains } from '../../api/domains/domains.ts';
import { ordersCountFor } from '../../api/stores/queries/certificate-rows.ts';
import { maximumOrders } from '../../api/stores/queries/certificates.ts';
import { mostKeptSiteNames } from '../../api/stores/queries/site-names.ts';
import { bodyLimit } from '../../api/http/middleware/body.ts';
import { passwordLength } from '../../api/http/schemas/auth.ts';
import { messages, type Sentence } from '../../api/messages.ts';
import { maximumKeys } from '../../api/operations/describe-ssh-key.ts';
import { stackStatuses } from '../../stacks/errors.ts';
import { account } from '../../templates/web/texts/account.ts';
import { certificates } from '../../templates/web/texts/certificates.ts';
import { domains } from '../../templates/web/texts/domains.ts';
import { errors } from '../../templates/web/texts/errors.ts';
import { commands, failures } from '../../templates/web/texts/failures.ts';
import { operations } from '../../templates/web/texts/operations.ts';

test('every reason for which an operation fails is told in words, to users and to operators', (t) => {
  for (const code of [...Object.keys(stackStatuses), 'INTERNAL']) {
    t.true(`because_${code}` in operations, code);
    t.true(code in failures, code);
  }
  t.deepEqual(Object.keys(commands).toSorted(), Object.keys(stackStatuses).toSorted());
});

/** Of these pages say what the API says; no page is answered the last three. */
const asTheApiSays = ['WRONG_CREDENTIALS', 'WRONG_PASSWORD', 'REFRESH_REFUSED', 'OPERATION_NOT_FOUND', 'UNHEALTHY'];
/** What the API never says. */
const ofPages = ['NO_ANSWER', 'NAME_DIFFERS'];

test('every code of the API is told in words for people', (t) => {
  const told = [...Object.keys(errors), ...asTheApiSays];
  t.deepEqual(told.toSorted(), [...Object.keys(errorCatalogue), ...ofPages].toSorted());
});

test('where pages say the same as the API, it stands once', (t) => {
  const pages: Record<string, Sentence> = { ...errors, ...failures };
  for (const [code, { ko, en }] of Object.entries(errorCatalogue)) t.notDeepEqual(pages[code], { ko, en }, code);
});

test('limits are told as they hold', (t) => {
  const { least, most } = passwordLength;
  const siteNameLengths = Object.values(siteNameRules).flatMap((rule) => [rule.least, rule.most]);
  const told: [sentence: Sentence, ...limits: number[]][] = [
    [messages.passwordLength, least, most],
    [messages.usernameRule, longestDisplayName],
    [messages.siteNameRule, ...siteNameLengths],
    [account.passwordHint, least],
    [account.usernameHint, longestDisplayName],
    [account.siteNameHint, ...siteNameLengths],
    [account.siteNameChange, ...siteNameLengths],
    [account.siteName_invalid, ...siteNameLengths],
    [errorCatalogue.TOO_MANY_KEYS, maximumKeys],
    [errors.TOO_MANY_KEYS, maximumKeys],
    [errorCatalogue.TOO_MANY_DOMAINS, maximumDomains],
    [errors.TOO_MANY_DOMAINS, maximumDomains],
    [errorCatalogue.TOO_MANY_SITE_NAMES, mostKeptSiteNames],
    [errors.TOO_MANY_SITE_NAMES, mostKeptSiteNames],
    [domains.hint, maximumDomains],
    [certificates.because_userLimit, maximumOrders, parseInt(ordersCountFor)],
    [errorCatalogue.BODY_TOO_LARGE, parseInt(bodyLimit)],
  ];
  for (const [{ ko, en }, ...limits] of told)
    for (const limit of limits)
      for (const sentence of [ko, en]) t.regex(sentence, new RegExp(`(?<!\\d)${limit}(?!\\d)`));
});

const root = join(import.meta.dirname, '../..');
const told = [
  'templates/web/texts/*.ts',
  'api/messages.ts',
  'api/error-catalogue.ts',
  'templates/proxy.ts',
  'README.ko.md',
];

/** What is said otherwise, with the word that is used. */
const otherWords = { 관리자: '운영자', 중지: '정지, 끄기' };

test('one thing has one word', (t) => {
  const files = told.flatMap((pattern) => globSync(pattern, { cwd: root }));
  t.true(files.length > 8);
  for (const file of files)
    for (const [other, word] of Object.entries(otherWords))
      t.false(readFileSync(join(root, file), 'utf8').includes(other), `${file} says ${other} instead of ${word}`);
});
