import { quantile } from './load.ts';

/** A figure beside its baseline, both measured in the same run. */
export interface Comparison {
  what: string;
  /** What the baseline is. */
  of: string;
  ours: number;
  baseline: number;
  unit: string;
  /** How the ratio is to be; none where it is only told. */
  target?: { is: 'at most' | 'at least'; ratio: number };
}

const digits = (value: number) => (value >= 100 ? value.toFixed(0) : value.toPrecision(2));

/** What is to be, and what is. */
export function comparisonTable(comparisons: Comparison[]): string {
  const rows = comparisons.map(({ what, of, ours, baseline, unit, target }) => {
    const ratio = ours / baseline;
    const met = target && (target.is === 'at most' ? ratio <= target.ratio : ratio >= target.ratio);
    const wanted = target ? `${target.is} ${target.ratio}: ${met ? 'yes' : 'no'}` : '';
    return `| ${what} | ${digits(ours)} ${unit} | ${of} | ${digits(baseline)} ${unit} | ${ratio.toFixed(2)} | ${wanted} |`;
  });
  return ['| what | ours | baseline | it | ratio | target |', '|---|---|---|---|---|---|', ...rows].join('\n');
}

/** Seconds that were measured several times, by what they are of. */
export function secondsTable(rounds: Record<string, number>[]): string {
  const rows = Object.keys(rounds[0] ?? {}).map((name) => {
    const values = rounds.map((round) => round[name] ?? NaN);
    const all = values.map((value) => value.toFixed(1)).join(', ');
    return `| ${name} | ${median(values).toFixed(1)} | ${p95(values).toFixed(1)} | ${all} |`;
  });
  return ['| seconds until | median | p95 | all |', '|---|---|---|---|', ...rows].join('\n');
}

/** Of an even number, half of the two in the middle. */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? NaN;
  return (at(Math.floor((sorted.length - 1) / 2)) + at(Math.ceil((sorted.length - 1) / 2))) / 2;
}

export const p95 = (values: number[]) => quantile(values, 0.95);
