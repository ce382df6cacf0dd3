import { readFile } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';
import { FirewallDownError } from './errors.ts';

/** What the guard found when it looked last. */
export interface FirewallReport {
  /** When, and until when it counts, as ISO 8601. */
  at: string;
  validUntil: string;
  /** Whether every rule is there, if need be put back just now. */
  intact: boolean;
  /** What was missing, or why it could not be looked for. */
  findings: string[];
}

/** Leaves a report for the workers, which cannot look themselves. */
export async function writeReport(file: string, report: FirewallReport): Promise<void> {
  await writeFileAtomic(file, JSON.stringify(report));
}

/**
 * Whether VMs are kept apart on this node.
 * @throws FirewallDownError when not, or when the guard has not told for a while.
 */
export async function requireFirewall(file: string): Promise<void> {
  const report = await read(file);
  if (report.intact && Date.now() < Date.parse(report.validUntil)) return;
  throw new FirewallDownError({
    message:
      'The rules that keep VMs apart are not known to be in force. The operator finds the reason in the log of the guard.',
  });
}

async function read(file: string): Promise<FirewallReport> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as FirewallReport;
  } catch (cause) {
    throw new FirewallDownError({
      message: 'The guard of the node has not reported yet. Start it: see docs/operations.md.',
      cause,
    });
  }
}
