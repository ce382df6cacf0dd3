import type { Context } from 'koa';
import type { Language } from '../messages.ts';
import type { Session } from '../models/session.ts';
import type { User } from '../models/user.ts';

/** What is known of a request, from the middleware that it passed. */
export interface RequestState {
  id: string;
  /** Of the client, not of the proxy. */
  address: string;
  language: Language;
  user?: User;
  session?: Session;
  /** Of the error that is answered. */
  code?: string;
}

export type AppContext = Context & { state: RequestState };
