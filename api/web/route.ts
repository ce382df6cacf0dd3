import type { Visit } from './visit.ts';

/** One address of the interface. */
export interface PageRoute {
  method: 'get' | 'post';
  path: string;
  /** Who gets a page there; others are asked to log in, and the API refuses who is no operator. */
  access: 'public' | 'user' | 'operator';
  handle: (visit: Visit) => Promise<void>;
}
