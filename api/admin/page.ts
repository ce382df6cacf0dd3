/** How many rows a page has. */
const pageSize = 50;

export interface Page {
  page: number;
  /** At least 1. */
  pages: number;
  total: number;
}

/** What to ask the database for. @param page from 1 */
export function rangeOf(page: number): { limit: number; offset: number } {
  return { limit: pageSize, offset: (page - 1) * pageSize };
}

export function describePage(page: number, total: number): Page {
  return { page, pages: Math.max(1, Math.ceil(total / pageSize)), total };
}
