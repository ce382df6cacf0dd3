import type { Visit } from './visit.ts';

/** One address of the interface. */
export interface PageRoute {
  method: 'get' | 'post';
  path: string;
  /** Who gets a page there; others are asked to log in, and the API refuses who is no operator. */
  access: 'public' | 'user' | 'operator';
  handle: (visit: Visit) => Promise<void>;
}

/** A page. */
export function get(path: string, access: PageRoute['access'], handle: PageRoute['handle']): PageRoute {
  return { method: 'get', path, access, handle };
}

/** What a form is sent to. */
export function post(path: string, access: PageRoute['access'], handle: PageRoute['handle']): PageRoute {
  return { method: 'post', path, access, handle };
}
