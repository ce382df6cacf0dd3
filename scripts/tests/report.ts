import type { AvaResult } from './ava.ts';
import { add } from './results.ts';

/** Tests that ran together. */
export interface GroupResult extends AvaResult {
  name: string;
}

/** Seconds from which a file is told by its name. */
const slow = 5;

/** The end of a run: what took how long, what failed, and the count. */
export function report(groups: GroupResult[]): string {
  const { passed, failed, skipped } = add(groups);
  const parts = [durations(groups), failures(groups), skipped > 0 ? `${skipped} skipped` : ''];
  return [...parts.filter(Boolean), `${passed} passed, ${failed} failed`].join('\n\n');
}

/** The slowest first. */
function durations(groups: GroupResult[]): string {
  const line = (seconds: number, text: string) => `${seconds.toFixed(0).padStart(6)} s  ${text}`;
  const lines = groups.flatMap(({ name, seconds, files }) => {
    const sorted = files.toSorted((one, other) => other.seconds - one.seconds);
    const [named, others] = [
      sorted.filter((file) => file.seconds >= slow),
      sorted.filter((file) => file.seconds < slow),
    ];
    const rest = others.reduce((all, file) => all + file.seconds, 0);
    return [
      line(seconds, name),
      ...named.map((file) => line(file.seconds, `  ${file.file}`)),
      ...(others.length > 0 ? [line(rest, `  ${others.length} of less than ${slow} s each`)] : []),
    ];
  });
  return ['# how long it took', ...lines].join('\n');
}

/** Their reasons stand above, where they happened. */
function failures(groups: GroupResult[]): string {
  const lines = groups.flatMap(({ name, failed, files }) => {
    const named = files.flatMap((file) => file.failures.map((title) => `✘ ${file.file}: ${title}`));
    return named.length === 0 && failed > 0 ? [`✘ ${name}`] : named;
  });
  return lines.length > 0 ? ['# what failed', ...lines].join('\n') : '';
}
