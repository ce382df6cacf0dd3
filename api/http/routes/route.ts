import type { z } from 'zod';
import type { Actor, UserActor } from '../../audit.ts';
import type { StackCode } from '../../../stacks/errors.ts';
import type { ErrorCode } from '../../error-catalogue.ts';
import type { AppContext } from '../context.ts';
import type { LimitName } from '../limits.ts';
import { type MessageKey, type Sentence, translate } from '../../messages.ts';
import type { User } from '../../models/user.ts';
import type { Services } from '../../services.ts';
import type { ShownHosting } from '../../stores/queries/hostings.ts';
import type { BearerSession } from '../../stores/queries/sessions.ts';

export interface Answer {
  description: string;
  schema: z.ZodType;
  contentType?: string;
  headers?: z.ZodObject;
  /** What to ask next, by name. */
  links?: Record<string, NextCall>;
}

/** A call that takes something out of an answer, as runtime expressions (OpenAPI 3.1, 4.8.20.3). */
interface NextCall {
  method: Declaration['method'];
  path: string;
  parameters?: Record<string, string>;
  requestBody?: Record<string, string>;
}

export interface BodyRule<Schema extends z.ZodType = z.ZodType> {
  type: 'json' | 'form';
  schema: Schema;
  /** An absent body counts as `{}`. */
  optional?: boolean;
}

/** What a handler is given: everything in it has been checked. */
export interface Request<Body = unknown, Parameters = unknown, Query = unknown> {
  ctx: AppContext;
  services: Services;
  /** For the audit log. */
  actor: Actor;
  body: Body;
  parameters: Parameters;
  query: Query;
}

export interface AuthenticatedRequest<Body = unknown, Parameters = unknown, Query = unknown> extends Request<
  Body,
  Parameters,
  Query
> {
  user: User;
  session: BearerSession;
  actor: UserActor;
}

export interface OwnerRequest<Body = unknown, Parameters = unknown, Query = unknown> extends AuthenticatedRequest<
  Body,
  Parameters,
  Query
> {
  /** The user's hosting; null where there is none. */
  own: ShownHosting | null;
}

interface Declaration {
  method: 'get' | 'post' | 'patch' | 'delete';
  /** Below `/api/v1`, with parameters as `:name`. */
  path: string;
  summary: Sentence;
  /** Headers of the request besides those of every route. The handler reads them itself: none is ever refused. */
  headers?: z.ZodObject;
  answers: Record<number, Answer>;
  /** How often it may be called (api/http/limits.ts); `calls` where nothing is said. */
  limit?: LimitName | 'none';
  /** Besides those that every route has. */
  errors?: ErrorCode[];
  /** Where it waits for an operation: how that fails, besides what answers 503 and may befall any. */
  operationErrors?: StackCode[];
}

/** One call of the API: this declaration routes it, checks it, and documents it. */
export interface Route extends Declaration {
  access: 'public' | 'user' | 'operator';
  body?: BodyRule;
  parameters?: z.ZodObject;
  query?: z.ZodObject;
  /** Whether the user's hosting is read with who asks. */
  readsHosting?: true;
  handle: (request: OwnerRequest) => Promise<void>;
}

interface Checked<
  Body extends z.ZodType,
  Parameters extends z.ZodObject,
  Query extends z.ZodObject,
> extends Declaration {
  body?: BodyRule<Body>;
  parameters?: Parameters;
  query?: Query;
}

interface ForUsers<Body extends z.ZodType, Parameters extends z.ZodObject, Query extends z.ZodObject> extends Checked<
  Body,
  Parameters,
  Query
> {
  handle: (request: AuthenticatedRequest<z.output<Body>, z.output<Parameters>, z.output<Query>>) => Promise<void>;
}

interface ForOwners<Body extends z.ZodType, Parameters extends z.ZodObject, Query extends z.ZodObject> extends Checked<
  Body,
  Parameters,
  Query
> {
  handle: (request: OwnerRequest<z.output<Body>, z.output<Parameters>, z.output<Query>>) => Promise<void>;
}

/** The limit that counts for a route, if any. */
export function limitOf({ limit = 'calls' }: Route): LimitName | undefined {
  return limit === 'none' ? undefined : limit;
}

/** Declares a route that anybody may call. */
export function publicRoute<Body extends z.ZodType, Parameters extends z.ZodObject, Query extends z.ZodObject>(
  route: Checked<Body, Parameters, Query> & {
    handle: (request: Request<z.output<Body>, z.output<Parameters>, z.output<Query>>) => Promise<void>;
  },
): Route {
  return { ...route, access: 'public' } as unknown as Route;
}

/** Declares a route that asks for a token; its handler is given the token's user. */
export function userRoute<Body extends z.ZodType, Parameters extends z.ZodObject, Query extends z.ZodObject>(
  route: ForUsers<Body, Parameters, Query>,
): Route {
  return { ...route, access: 'user' } as unknown as Route;
}

/** Declares a route as {@link userRoute}; its handler is given the user's hosting too, which costs no question of its own. */
export function ownerRoute<Body extends z.ZodType, Parameters extends z.ZodObject, Query extends z.ZodObject>(
  route: ForOwners<Body, Parameters, Query>,
): Route {
  return { ...route, access: 'user', readsHosting: true } as unknown as Route;
}

/** Declares a route that asks for an operator's token. */
export function operatorRoute<Body extends z.ZodType, Parameters extends z.ZodObject, Query extends z.ZodObject>(
  route: ForUsers<Body, Parameters, Query>,
): Route {
  return { ...route, access: 'operator' } as unknown as Route;
}

/** Answers with the envelope of a success. */
export function answer(ctx: AppContext, status: number, message: MessageKey, data: unknown): void {
  ctx.status = status;
  ctx.body = { success: true, message: translate(message, ctx.state.language), data };
}
