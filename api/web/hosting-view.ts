import { texts } from '../../templates/web/texts.ts';
import type { HostingData, KeyData, Me, OperationData } from './answers.ts';
import { formatDuration, formatMoment, secondsBetween } from './format.ts';
import { type OperationView, viewOperation } from './operation-view.ts';
import { ApiRefusedError, type Visit } from './visit.ts';

/** What the page of the hosting shows, whatever led to it. */
export interface HostingView {
  me: Me;
  site: SiteView | null;
  /** The latest, if it goes on or failed. */
  operation: OperationView | null;
  /** Whether the latest removed a hosting, and nothing came after. */
  isDeleted: boolean;
  keys: KeyView[];
  /** What may be asked for now. */
  can: { create: boolean; start: boolean; stop: boolean; keys: boolean; delete: boolean };
}

interface SiteView {
  status: string;
  statusText: string;
  url: string;
  /** Where this host has it: the page's own frame may show nothing else. */
  path: string;
  host: string;
  port: number;
  sshCommand: string;
  sftpCommand: string;
  upSeconds: number | null;
  up: string;
  createdAt: string;
  created: string;
}

type KeyView = Pick<KeyData, 'id' | 'fingerprint' | 'installed'> & { name: string; isNamed: boolean };

/** Asks the API for all that the page shows. */
export async function readHosting(visit: Visit): Promise<HostingView> {
  const [me, hosting, { operations }] = await Promise.all([
    visit.me(),
    readSite(visit),
    visit.data<{ operations: OperationData[] }>('GET', '/operations'),
  ]);
  const { ssh_keys: keys } = hosting
    ? await visit.data<{ ssh_keys: KeyData[] }>('GET', '/host/my/ssh-keys').catch(noKeys)
    : { ssh_keys: [] };
  const [latest] = operations;
  const operation = latest ? viewOperation(latest, visit.language) : null;
  const isDeleted = !hosting && latest?.kind === 'delete' && latest.state === 'succeeded';
  const shown = operation?.isUnderWay || operation?.isFailed ? operation : null;
  return {
    me,
    site: hosting && viewSite(visit, me, hosting),
    operation: shown,
    isDeleted,
    keys: keys.map((key) => viewKey(key, texts[visit.language].hosting.keyUnnamed)),
    can: allowed(hosting?.hosting.status, operation?.isUnderWay ?? false),
  };
}

/** The hosting may go between two questions. */
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

function allowed(status: string | undefined, isBusy: boolean): HostingView['can'] {
  const is = (...statuses: string[]) => !isBusy && status !== undefined && statuses.includes(status);
  return {
    create: !isBusy && (status === undefined || status === 'failed'),
    start: is('stopped'),
    stop: is('running'),
    keys: is('running', 'stopped'),
    delete: is('running', 'stopped', 'failed'),
  };
}

function viewSite(visit: Visit, me: Me, data: HostingData): SiteView {
  const { hosting, web_url: url, ssh_command: sshCommand, sftp_command: sftpCommand } = data;
  const { status, ssh_port: port, started_at: startedAt, created_at: createdAt } = hosting;
  const statuses = texts[visit.language].hosting as Record<string, string | undefined>;
  const upSeconds = startedAt && status === 'running' ? Math.floor(secondsBetween(startedAt, Date.now())) : null;
  return {
    status,
    statusText: statuses[`status_${status}`] ?? status,
    url,
    path: `/${me.id}/`,
    host: new URL(url).hostname,
    port,
    sshCommand,
    sftpCommand,
    upSeconds,
    up: upSeconds === null ? '' : formatDuration(upSeconds, visit.language),
    createdAt,
    created: formatMoment(createdAt),
  };
}

function viewKey({ id, fingerprint, installed, name }: KeyData, unnamed: string): KeyView {
  return { id, fingerprint, installed, name: name || unnamed, isNamed: Boolean(name) };
}
