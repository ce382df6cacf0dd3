import { texts } from '../../templates/web/texts.ts';
import type { Language } from '../messages.ts';
import type { DomainData, HostingData, KeyData, Me, OperationData } from './answers.ts';
import { viewCertificate } from './certificate-view.ts';
import { type DomainView, viewDomain } from './domain-view.ts';
import { formatDuration, type Moment, moment, readableAddress, secondsBetween } from './format.ts';
import { type OperationView, summarizeOperation, viewOperation, withoutRepeats } from './operation-view.ts';
import { findKeptPassword, type KeptPassword } from './kept-password.ts';
import { ApiRefusedError, type Visit } from './visit.ts';

/** All that the page of the hosting shows, read from the API anew each time. */
export interface HostingView {
  me: Me;
  /** Grows with each reading, also over restarts: of two renderings the one with the greater number is newer. */
  version: number;
  /** The operation that gave the machine its password, if it has one; an older password opens nothing. */
  passwordOperation: string | null;
  /** The password, while its user has not said that they have it. */
  secret: string | null;
  site: SiteView | null;
  /** The latest, if it goes on or failed. */
  operation: OperationView | null;
  /** Whether the latest removed a hosting, and nothing came after. */
  isDeleted: boolean;
  keys: KeyView[];
  domains: DomainView[];
  /** The latest operations, newest first. */
  activity: ReturnType<typeof summarizeOperation>[];
  /** What may be asked for now. */
  can: {
    create: boolean;
    start: boolean;
    stop: boolean;
    keys: boolean;
    password: boolean;
    domains: boolean;
    delete: boolean;
    sleep: boolean;
  };
}

interface SiteView {
  status: string;
  /** Whether visitors see it: also while something is changed for which it need not stop. */
  isServed: boolean;
  hasPassword: boolean;
  statusText: string;
  /** For everybody to visit: its own host where it has one. */
  url: string;
  /** The same as people read it. */
  readableUrl: string;
  certificate: ReturnType<typeof viewCertificate>;
  /** The address in the sandbox, where the other is not that. */
  pathUrl: string | null;
  /** Path of the site on this host, for the preview: the page's frame may show nothing else. */
  path: string;
  host: string;
  port: number;
  sshCommand: string;
  sftpCommand: string;
  upSeconds: number | null;
  up: string;
  /** Since when it sleeps, and why. */
  asleep: { since: Moment; why: string } | null;
  /** Whether it may: `auto`, or `never`. */
  sleep: string;
}

/** How many operations the page lists. */
const activityLength = 5;

type KeyView = Pick<KeyData, 'id' | 'name' | 'fingerprint' | 'state'> & {
  publicKey: string;
  stateText: string;
  /** Whether the key could not be added or removed, and no operation is under way that does it. */
  isStuck: boolean;
  /** Whether nobody could log in any more without this key. */
  isOnlyWayIn: boolean;
};

/** Asks the API for all that the page shows. */
export async function readHosting(visit: Visit): Promise<HostingView> {
  const version = performance.timeOrigin + performance.now();
  const [me, hosting, { operations }, { domains }] = await Promise.all([
    visit.me(),
    readSite(visit),
    visit.data<{ operations: OperationData[] }>('GET', '/operations'),
    visit.data<{ domains: DomainData[] }>('GET', '/host/my/domains'),
  ]);
  const { ssh_keys: keys } = hosting
    ? await visit.data<{ ssh_keys: KeyData[] }>('GET', '/host/my/ssh-keys').catch(noKeys)
    : { ssh_keys: [] };
  const [latest] = operations;
  const operation = latest ? viewOperation(latest, visit.language) : null;
  const isDeleted = !hosting && latest?.kind === 'delete' && latest.state === 'succeeded';
  // Nobody asked for a sleep: where it failed, all is as before.
  const isTold = operation?.isUnderWay || (operation?.isFailed && operation.kind !== 'sleep');
  const shown = isTold ? operation : null;
  const kept = findKeptPassword(visit);
  const passwordOperation = (hosting && passwordGiver(hosting, { operations, kept })) ?? null;
  return {
    me,
    version,
    passwordOperation,
    secret: kept && kept.operation === passwordOperation ? kept.password : null,
    site: hosting && viewSite(visit, me, { data: hosting, operation: shown }),
    operation: shown,
    isDeleted,
    keys: viewKeys(keys, { hosting, operation, language: visit.language }),
    domains: domains.map((domain) => viewDomain(domain, visit.language)),
    activity: withoutRepeats(operations.filter(isOfSomebody))
      .slice(0, activityLength)
      .map((one) => summarizeOperation(one, visit.language)),
    can: {
      ...allowed(hosting?.hosting.status, operation?.isUnderWay ?? false),
      sleep: maySayWhetherToSleep(visit, me),
    },
  };
}

/** The operation that gave, or gives, the machine its password: among the latest, or else the one in the visitor's cookie. */
function passwordGiver(
  { hosting }: HostingData,
  { operations, kept }: { operations: OperationData[]; kept: KeptPassword | null },
): string | undefined {
  if (hosting.status === 'failed') return undefined;
  const giver = operations.find(({ kind, state }) => (kind === 'create' || kind === 'password') && state !== 'failed');
  const isVoid = operations.some(({ id, state }) => id === kept?.operation && state === 'failed');
  return giver?.id ?? (isVoid ? undefined : kept?.operation);
}

/** Sleeping and waking come and go by themselves: of these only a failed wake is news. */
function isOfSomebody({ kind, state }: OperationData): boolean {
  return kind !== 'sleep' && (kind !== 'wake' || state === 'failed');
}

/** A hosting that was deleted between two calls has no keys. */
function noKeys(error: unknown): { ssh_keys: KeyData[] } {
  if (error instanceof ApiRefusedError && error.answer.status === 404) return { ssh_keys: [] };
  throw error;
}

async function readSite(visit: Visit): Promise<HostingData | null> {
  const answer = await visit.call<HostingData>('GET', '/host/my');
  if (answer.code === 'HOSTING_NOT_FOUND') return null;
  if (!answer.ok) throw new ApiRefusedError(answer);
  return answer.data;
}

/** Not where no machine ever sleeps. */
function maySayWhetherToSleep({ web }: Visit, { role }: Me): boolean {
  const { SLEEP_AFTER_SECONDS, SLEEP_CHOICE } = web.services.config;
  return SLEEP_AFTER_SECONDS > 0 && (SLEEP_CHOICE === 'users' || role === 'operator');
}

function allowed(status: string | undefined, isBusy: boolean): Omit<HostingView['can'], 'sleep'> {
  const is = (...statuses: string[]) => !isBusy && status !== undefined && statuses.includes(status);
  return {
    create: !isBusy && (status === undefined || status === 'failed'),
    start: is('stopped', 'asleep'),
    stop: is('running', 'asleep'),
    keys: is('running', 'asleep', 'stopped'),
    password: is('running', 'asleep'),
    domains: status !== undefined,
    delete: is('running', 'asleep', 'stopped', 'failed'),
  };
}

function viewSite(
  visit: Visit,
  me: Me,
  { data, operation }: { data: HostingData; operation: OperationView | null },
): SiteView {
  const { hosting, web_url: pathUrl, site_url: siteUrl, ssh_command: sshCommand, sftp_command: sftpCommand } = data;
  const url = siteUrl ?? pathUrl;
  const { status, ssh_port: port, started_at: startedAt } = hosting;
  const statuses = texts[visit.language].hosting as Record<string, string | undefined>;
  const upSeconds = startedAt && status === 'running' ? Math.floor(secondsBetween(startedAt, Date.now())) : null;
  return {
    status,
    isServed: status === 'running' || (status === 'updating' && operation?.keepsSite === true),
    hasPassword: hosting.has_password,
    statusText: statuses[`status_${status}`] ?? status,
    url,
    readableUrl: readableAddress(url),
    certificate: viewCertificate(data.certificate, visit.language),
    pathUrl: siteUrl && pathUrl,
    path: `/${me.id}/`,
    host: new URL(pathUrl).hostname,
    port,
    sshCommand,
    sftpCommand,
    upSeconds,
    up: upSeconds === null ? '' : formatDuration(upSeconds, visit.language),
    sleep: hosting.sleep,
    asleep: viewSleep(hosting, visit.language),
  };
}

function viewSleep(hosting: HostingData['hosting'], language: Language): SiteView['asleep'] {
  const { asleep_since: since, asleep_reason: reason } = hosting;
  if (since === null || reason === null) return null;
  return { since: moment(since), why: texts[language].hosting[`asleep_${reason}`] };
}

type KeyStage = 'keyNow' | 'keyNext' | 'keyStill';

/** A key that is not on the machine yet comes in a moment or at the next start, unless that was tried and failed. */
function stageOfKeys(hosting: HostingData | null, operation: OperationView | null): KeyStage {
  const status = hosting?.hosting.status;
  if (status === 'stopped' || status === 'asleep') return 'keyNext';
  return status === 'running' && !operation?.isUnderWay ? 'keyStill' : 'keyNow';
}

function viewKeys(
  keys: KeyData[],
  {
    hosting,
    operation,
    language,
  }: { hosting: HostingData | null; operation: OperationView | null; language: Language },
): KeyView[] {
  const stage = stageOfKeys(hosting, operation);
  const staying = keys.filter(({ state }) => state !== 'removing');
  const isOnlyWayIn = staying.length === 1 && hosting?.hosting.has_password === false;
  return keys.map((key) => ({
    ...viewKey(key, stage, language),
    isOnlyWayIn: isOnlyWayIn && key === staying[0],
  }));
}

function viewKey(key: KeyData, stage: KeyStage, language: Language): Omit<KeyView, 'isOnlyWayIn'> {
  const { hosting: t } = texts[language];
  const { id, name, fingerprint, public_key: publicKey, state } = key;
  const stateText = state === 'installed' ? t.keyInstalled : t[`${stage}_${state}`];
  return { id, name, fingerprint, publicKey, state, stateText, isStuck: stage === 'keyStill' && state !== 'installed' };
}
