import type { Context } from 'koa';
import type { Language } from '../messages.ts';
import type { User } from '../models/user.ts';
import type { ShownHosting } from '../stores/queries/hostings.ts';
import type { BearerSession } from '../stores/queries/sessions.ts';

/** What is known of a request, from the middleware that it passed. */
export interface RequestState {
  id: string;
  /** The client's, not the proxy's. */
  address: string;
  language: Language;
  user?: User;
  session?: BearerSession;
  /** The user's, of routes that ask for it. */
  own?: ShownHosting | null;
  /** Code of the error that was answered. */
  code?: string;
}

export type AppContext = Context & { state: RequestState };
