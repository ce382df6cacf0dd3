import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import type { VisitTimes } from './visits.ts';

/** Milliseconds between two looks of the guard, for which what it saw counts, and after which the next goes on from it. */
export const visitsInterval = 5_000;
const lifetime = 60_000;
const longestGap = 180_000;

/** What the guard saw when it looked last. */
export interface VisitsReport {
  /** ISO 8601. */
  at: string;
  visits: VisitTimes;
}

/** Where the guard leaves who was visited: beside its report of the firewall. */
export function visitsFile(firewallReport: string): string {
  return join(dirname(firewallReport), 'visits.json');
}

/** Leaves a report for the workers, which cannot look themselves. */
export async function writeVisits(file: string, report: VisitsReport): Promise<void> {
  await writeFileAtomic(file, JSON.stringify(report));
}

/** Null where the guard has not told yet, or not for a while. */
export function readVisits(file: string): Promise<VisitsReport | null> {
  return read(file, lifetime);
}

/**
 * Who used VMs, as the guard before this one saw it; null where there was none, or not until just now: who came meanwhile is
 * known to nobody.
 */
export async function readEarlierVisits(file: string): Promise<VisitTimes | null> {
  return (await read(file, longestGap))?.visits ?? null;
}

async function read(file: string, validFor: number): Promise<VisitsReport | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  const report = text === null ? null : (JSON.parse(text) as VisitsReport);
  return report && Date.now() < Date.parse(report.at) + validFor ? report : null;
}
