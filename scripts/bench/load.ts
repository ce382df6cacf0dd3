import { Agent, get } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** What visitors get who ask again as soon as they have their answer. */
export interface Load {
  perSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
}

export interface Target {
  url: string;
  headers?: Record<string, string>;
}

/** Has so many visitors ask for so many seconds. @throws when an answer is no success */
export async function load(
  target: Target,
  { visitors, seconds }: { visitors: number; seconds: number },
): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: visitors });
  const end = performance.now() + seconds * 1_000;
  const times: number[] = [];
  const visit = async () => {
    while (performance.now() < end) {
      const start = performance.now();
      await ask(target, agent);
      times.push(performance.now() - start);
    }
  };
  try {
    await Promise.all(Array.from({ length: visitors }, visit));
  } finally {
    agent.destroy();
  }
  return { perSecond: times.length / seconds, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

/** @returns the answer's text. @throws when it is no success */
export async function ask({ url, headers = {} }: Target, agent: Agent): Promise<string> {
  const [response] = (await once(get(url, { headers, agent, signal: AbortSignal.timeout(30_000) }), 'response')) as [
    NodeJS.ReadableStream & { statusCode: number },
  ];
  const body = await text(response);
  if (response.statusCode !== 200) throw new Error(`${url} answered ${response.statusCode}: ${body}`);
  return body;
}

export function quantile(values: number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
}
