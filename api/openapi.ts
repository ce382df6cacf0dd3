import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { apiPrefix, routes } from './router.ts';
import type { Route } from './routes/route.ts';
import { failure } from './schemas/common.ts';
import { version } from './version.ts';

const mediaTypes = { json: 'application/json', form: 'application/x-www-form-urlencoded' };

/** The OpenAPI 3.1 document, made from the declarations that route and validate. */
export function createOpenApi(publicUrl: string) {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const path = `${apiPrefix}${route.path.replace(/:(\w+)/g, '{$1}')}`;
    paths[path] = { ...paths[path], [route.method]: describe(route) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Webhoster',
      version,
      description: 'A website on a virtual machine of your own.',
      license: { name: 'MIT' },
    },
    // The page of the API is served over HTTP and HTTPS, and calls where it came from; programs take the other.
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
  });
}

function describe(route: Route): ZodOpenApiOperationObject {
  const { summary, access, body, parameters, answers, errors, path } = route;
  return {
    summary,
    tags: [path.split('/')[1] ?? ''],
    security: access === 'user' ? [{ password: [] }] : [],
    ...(parameters && { requestParams: { path: parameters } }),
    ...(body && {
      requestBody: { required: !body.optional, content: { [mediaTypes[body.type]]: { schema: body.schema } } },
    }),
    responses: { ...successes(answers), ...failures(commonErrors(route), errors) },
  };
}

function commonErrors({ method, access, body, limit }: Route): Record<number, string> {
  return {
    ...(method !== 'get' && { 403: 'CROSS_ORIGIN' }),
    ...(access === 'user' && { 401: 'UNAUTHENTICATED' }),
    ...(body && { 400: 'BODY_MALFORMED', 413: 'BODY_TOO_LARGE', 415: 'UNSUPPORTED_MEDIA_TYPE' }),
    422: 'VALIDATION_FAILED',
    ...(limit && { 429: 'RATE_LIMITED; Retry-After says in how many seconds it may work' }),
    500: 'INTERNAL',
    503: 'PART_DOWN',
  };
}

function successes(answers: Route['answers']): ZodOpenApiResponsesObject {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema, contentType = 'application/json' }]) => [
      status,
      { description, content: { [contentType]: { schema } } },
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
      },
    ]),
  );
}
