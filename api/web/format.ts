import { domainToUnicode } from 'node:url';
import type { Language } from '../messages.ts';

const units: [seconds: number, names: Record<Language, string>][] = [
  [86_400, { ko: '일', en: ' d' }],
  [3_600, { ko: '시간', en: ' h' }],
  [60, { ko: '분', en: ' min' }],
  [1, { ko: '초', en: ' s' }],
];

/** A time in its two greatest units, like `3 min 20 s`. `templates/web/page.js` does the same while time goes on. */
export function formatDuration(seconds: number, language: Language): string {
  const whole = Math.max(0, Math.round(seconds));
  const first = units.findIndex(([size]) => whole >= size);
  if (first < 0) return `0${units[3]?.[1][language]}`;
  const parts: string[] = [];
  let rest = whole;
  for (const [size, names] of units.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${names[language]}`);
  }
  return parts.join(' ');
}

export interface Moment {
  at: string;
  /** For who has no JavaScript; with it, pages show the visitor's own time. */
  text: string;
}

/** A moment for machines and for people. */
export function moment(at: string): Moment;
export function moment(at: string | null): Moment | null;
export function moment(at: string | null): Moment | null {
  return at === null ? null : { at, text: `${at.slice(0, 16).replace('T', ' ')} UTC` };
}

export function secondsBetween(from: string, to: string | number): number {
  return (new Date(to).getTime() - new Date(from).getTime()) / 1_000;
}

const sizes = ['B', 'kB', 'MB', 'GB', 'TB'];

/** A number of bytes in its unit, like `14.2 GB`. */
export function formatBytes(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), sizes.length - 1);
  const value = bytes / 1_000 ** power;
  return `${value.toFixed(value < 100 && power > 0 ? 1 : 0)} ${sizes[power]}`;
}

/** An address as people read it, with its host in the script that `xn--…` stands for. */
export function readableAddress(address: string): string {
  const { hostname } = new URL(address);
  return address.replace(hostname, domainToUnicode(hostname) || hostname);
}
