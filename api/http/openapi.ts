import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiLinksObject,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { stackStatuses } from '../../stacks/errors.ts';
import { errorCatalogue, type ErrorCode } from '../error-catalogue.ts';
import type { Language } from '../messages.ts';
import { apiPrefix, mediaTypes } from '../protocol.ts';
import { routes } from './router.ts';
import { type Answer, limitOf, type Route } from './routes/route.ts';
import {
  challengeHeaders,
  failure,
  withoutSafeIntegerBounds,
  rateLimitHeaders,
  retryHeaders,
} from './schemas/common.ts';
import { version } from '../config/version.ts';

/** The OpenAPI 3.1 document, made from the declarations that route and validate. Only summaries are in the language. */
export function createOpenApi(publicUrl: string, language: Language) {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const path = documentPath(route.path);
    paths[path] = { ...paths[path], [route.method]: describe(route, language) };
  }
  const described: ZodOpenApiObject = {
    openapi: '3.1.0',
    info: {
      title: 'Webhoster',
      version,
      description: 'A website on a virtual machine of your own.',
      license: { name: 'MIT' },
    },
    // The first is for the page of the API, which may come over HTTP or HTTPS and calls where it came from; programs take the other.
    servers: [{ url: '/' }, { url: publicUrl }],
    paths,
    components: {
      securitySchemes: {
        password: {
          type: 'oauth2',
          flows: {
            password: { tokenUrl: `${apiPrefix}/auth/login`, refreshUrl: `${apiPrefix}/auth/refresh`, scopes: {} },
          },
        },
      },
    },
  };
  return createDocument(described, { override: withoutSafeIntegerBounds });
}

function documentPath(path: string): string {
  return `${apiPrefix}${path.replace(/:(\w+)/g, '{$1}')}`;
}

/** Like `getOperationsIdEvents`; what client generators name functions after. */
function operationId(method: string, path: string): string {
  return `${method}${path.replace(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase())}`;
}

function describe(route: Route, language: Language): ZodOpenApiOperationObject {
  const { method, summary, access, body, parameters, query, headers, answers, path } = route;
  return {
    operationId: operationId(method, path),
    summary: summary[language],
    tags: [path.split('/')[1] ?? ''],
    security: access !== 'public' ? [{ password: [] }] : [],
    requestParams: {
      ...(parameters && { path: parameters }),
      ...(query && { query }),
      ...(headers && { header: headers }),
    },
    ...(body && {
      requestBody: { required: !body.optional, content: { [mediaTypes[body.type]]: { schema: body.schema } } },
    }),
    responses: { ...successes(answers, limitOf(route) && rateLimitHeaders), ...failures(route) },
  };
}

/** Besides those that a route declares. */
function commonErrors(route: Route): ErrorCode[] {
  const { method, access, body } = route;
  const codes: (ErrorCode | false)[] = [
    method !== 'get' && 'CROSS_ORIGIN',
    access === 'operator' && 'FORBIDDEN',
    access !== 'public' && 'UNAUTHENTICATED',
    ...(body ? (['BODY_MALFORMED', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const) : []),
    'VALIDATION_FAILED',
    limitOf(route) !== undefined && 'RATE_LIMITED',
    'INTERNAL',
    'PART_DOWN',
  ];
  return codes.filter((code) => code !== false);
}

function successes(answers: Route['answers'], common?: z.ZodObject): ZodOpenApiResponsesObject {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema, contentType = mediaTypes.json, headers, links }]) => [
      status,
      {
        description,
        content: { [contentType]: { schema } },
        headers: z.object({ ...common?.shape, ...headers?.shape }),
        ...(links && { links: describeLinks(links) }),
      },
    ]),
  );
}

function describeLinks(links: NonNullable<Answer['links']>): ZodOpenApiLinksObject {
  return Object.fromEntries(
    Object.entries(links).map(([name, { method, path, ...values }]) => [
      name,
      { operationId: operationId(method, path), ...values },
    ]),
  );
}

function failures(route: Route): ZodOpenApiResponsesObject {
  const { errors = [], operationErrors } = route;
  const answers: Record<number, string[]> = operationErrors ? { 503: ['the code of a failed operation'] } : {};
  for (const code of operationErrors ?? []) (answers[stackStatuses[code]] ??= []).push(code);
  for (const code of [...errors, ...commonErrors(route)]) {
    const { status, note } = errorCatalogue[code];
    (answers[status] ??= []).push(note ? `${code} (${note})` : code);
  }
  const either = new Intl.ListFormat('en', { type: 'disjunction' });
  return Object.fromEntries(
    Object.entries(answers).map(([status, codes]) => [
      status,
      {
        description: either.format(codes),
        content: { [mediaTypes.json]: { schema: failure } },
        headers: headersOfFailure(Number(status)),
      },
    ]),
  );
}

function headersOfFailure(status: number): z.ZodObject {
  if (status === 401) return challengeHeaders;
  if (status === 429) return rateLimitHeaders.extend(retryHeaders.shape);
  return [503, 504].includes(status) ? retryHeaders : z.object();
}
