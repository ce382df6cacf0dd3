import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiLinksObject,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import type { Language } from '../messages.ts';
import { apiPrefix, routes } from './router.ts';
import { type Answer, limitOf, type Route } from './routes/route.ts';
import {
  challengeHeaders,
  failure,
  withoutSafeIntegerBounds,
  rateLimitHeaders,
  retryHeaders,
} from './schemas/common.ts';
import { version } from '../config/version.ts';

const mediaTypes = { json: 'application/json', form: 'application/x-www-form-urlencoded' };

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
  const { method, summary, access, body, parameters, query, headers, answers, errors, path } = route;
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
    responses: { ...successes(answers, limitOf(route) && rateLimitHeaders), ...failures(commonErrors(route), errors) },
  };
}

function commonErrors(route: Route): Record<number, string> {
  const { method, access, body } = route;
  return {
    ...forbidden(method, access),
    ...(access !== 'public' && { 401: 'UNAUTHENTICATED' }),
    ...(body && { 400: 'BODY_MALFORMED', 413: 'BODY_TOO_LARGE', 415: 'UNSUPPORTED_MEDIA_TYPE' }),
    422: 'VALIDATION_FAILED',
    ...(limitOf(route) && { 429: 'RATE_LIMITED; Retry-After says in how many seconds it may work' }),
    500: 'INTERNAL',
    503: 'PART_DOWN',
  };
}

function forbidden(method: Route['method'], access: Route['access']): Record<number, string> {
  const codes = [...(method === 'get' ? [] : ['CROSS_ORIGIN']), ...(access === 'operator' ? ['FORBIDDEN'] : [])];
  return codes.length > 0 ? { 403: codes.join(' or ') } : {};
}

function successes(answers: Route['answers'], common?: z.ZodObject): ZodOpenApiResponsesObject {
  return Object.fromEntries(
    Object.entries(answers).map(
      ([status, { description, schema, contentType = 'application/json', headers, links }]) => [
        status,
        {
          description,
          content: { [contentType]: { schema } },
          headers: z.object({ ...common?.shape, ...headers?.shape }),
          ...(links && { links: describeLinks(links) }),
        },
      ],
    ),
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

function failures(common: Record<number, string>, own: Record<number, string> = {}): ZodOpenApiResponsesObject {
  const statuses = Object.keys({ ...common, ...own }).map(Number);
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: [own[status], common[status]].filter(Boolean).join(', or '),
        content: { 'application/json': { schema: failure } },
        headers: headersOfFailure(status),
      },
    ]),
  );
}

function headersOfFailure(status: number): z.ZodObject {
  if (status === 401) return challengeHeaders;
  if (status === 429) return rateLimitHeaders.extend(retryHeaders.shape);
  return [503, 504].includes(status) ? retryHeaders : z.object();
}
