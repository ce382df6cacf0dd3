import type { TestApi } from './api.ts';
import type { Account } from './calls.ts';

export interface ProgressEvent {
  id: string;
  name: string;
  data: { state: string; step: string; attempt: number; progress: number };
}

/** Opens the progress of an operation. Aborting `signal` is the reader going away. */
export function openEvents(
  api: TestApi,
  account: Account,
  operationId: string,
  options: { after?: string; signal?: AbortSignal } = {},
): Promise<Response> {
  const { after, signal } = options;
  const headers = { Authorization: `Bearer ${account.token}`, ...(after && { 'Last-Event-ID': after }) };
  return fetch(`${api.url}/api/v1/operations/${operationId}/events`, { headers, signal: signal ?? null });
}

/** The events of a stream as they come, until it ends. */
export async function* eventsOf(response: Response): AsyncGenerator<ProgressEvent, void> {
  if (!response.body) return;
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body) {
    rest += decoder.decode(chunk as Uint8Array, { stream: true });
    const frames = rest.split('\n\n');
    rest = frames.pop() ?? '';
    yield* frames.filter((frame) => frame.includes('data:')).map(parse);
  }
}

/** The next event. @throws when the stream has ended */
export async function nextOf(events: AsyncGenerator<ProgressEvent, void>): Promise<ProgressEvent> {
  const { value } = await events.next();
  if (!value) throw new Error('the stream has ended');
  return value;
}

function parse(frame: string): ProgressEvent {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(frame)?.[1] ?? '';
  return { id: field('id'), name: field('event'), data: JSON.parse(field('data')) as ProgressEvent['data'] };
}

export async function readAll(response: Response): Promise<ProgressEvent[]> {
  const events: ProgressEvent[] = [];
  for await (const event of eventsOf(response)) events.push(event);
  return events;
}
