import { rm } from 'node:fs/promises';
import { Firewall } from '../../stacks/firewall.ts';
import { Visits } from '../../stacks/visits.ts';
import { writeReport } from '../../stacks/firewall-report.ts';
import { readEarlierVisits, visitsFile, visitsInterval, writeVisits } from '../../stacks/visits-report.ts';
import { readGuardConfig } from '../config/config.ts';
import { createLogger } from '../logger.ts';
import { firewallOptions } from '../config/stacks.ts';
import { every } from '../repeat.ts';
import { exitOnConfigError, onStopSignal } from './lifecycle.ts';

// Looks after the rules that keep VMs apart, on the node's own network. It hears nobody, and holds no secret.
const config = exitOnConfigError(() => readGuardConfig());
const logger = createLogger(config.LOG_LEVEL, 'guard');
const options = firewallOptions(config);
const firewall = new Firewall(options);
const visitors = visitsFile(config.GUARD_REPORT_FILE);
const earlier = await readEarlierVisits(visitors);
const visits = new Visits({ table: options.table, network: config.VM_NETWORK, earlier });
const interval = config.GUARD_INTERVAL_SECONDS * 1_000;

/** Leaves a report that is valid for three intervals. */
function report(intact: boolean, findings: string[]): Promise<void> {
  const at = Date.now();
  const [now, end] = [at, at + 3 * interval].map((time) => new Date(time).toISOString()) as [string, string];
  return writeReport(config.GUARD_REPORT_FILE, { at: now, validUntil: end, intact, findings });
}

/** Leaves who was visited. That it cannot be seen says nothing of the rules. */
async function lookForVisits(): Promise<void> {
  const at = new Date().toISOString();
  try {
    await writeVisits(visitors, { at, visits: await visits.look() });
  } catch (error) {
    logger.error({ err: error }, 'who visits machines could not be seen');
  }
}

// A report from before a restart of the machine says nothing about now.
await rm(config.GUARD_REPORT_FILE, { force: true });

const look = every(
  interval,
  async () => {
    // Before, as rules that are loaded anew begin with nobody.
    await lookForVisits();
    const findings = await firewall.restore();
    if (findings.length > 0) logger.warn({ findings }, 'rules that keep VMs apart were missing, and are back');
    await report(true, findings);
  },
  (error) => {
    logger.error({ err: error }, 'the rules that keep VMs apart could not be put in force');
    const { message } = error as Error;
    report(false, [message]).catch((second: unknown) => logger.error({ err: second }, 'no report could be left'));
  },
);
// More often: who is put to sleep so that another has room must not have been visited a moment ago.
const visiting = every(visitsInterval, lookForVisits, () => undefined);
logger.info({ node: config.NODE_NAME, interval: config.GUARD_INTERVAL_SECONDS }, 'guarding');

onStopSignal(() => {
  look.stop();
  visiting.stop();
  return Promise.resolve();
});
