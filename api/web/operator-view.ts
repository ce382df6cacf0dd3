import { commands, failures } from '../../templates/web/texts/failures.ts';
import { texts } from '../../templates/web/texts.ts';
import type { Language } from '../messages.ts';
import type { AdminHosting, AdminOperation, AdminUser, ListedUser, NodeData, UserReport } from './answers.ts';
import { viewCertificate } from './certificate-view.ts';
import { viewDomain } from './domain-view.ts';
import { formatBytes, formatDuration, moment, readableAddress, secondsBetween } from './format.ts';
import { type Repeated, summarizeOperation, viewOperation } from './operation-view.ts';

function statusText(status: string, language: Language): string {
  return (texts[language].hosting as Record<string, string | undefined>)[`status_${status}`] ?? status;
}

function viewUser(user: AdminUser, language: Language) {
  const { operator: t } = texts[language];
  return {
    ...user,
    roleText: user.role === 'operator' ? t.role_operator : t.role_user,
    since: moment(user.created_at),
    suspendedSince: moment(user.suspended_at),
  };
}

export function viewListedUser(user: ListedUser, language: Language) {
  return { ...viewUser(user, language), hosting: user.hosting_status && statusText(user.hosting_status, language) };
}

export function viewHosting(hosting: AdminHosting, language: Language) {
  const { usage } = hosting;
  return {
    ...hosting,
    statusText: statusText(hosting.status, language),
    created: moment(hosting.created_at),
    started: moment(hosting.started_at),
    use: usage && viewUsage(usage, language),
  };
}

function viewUsage(usage: NonNullable<AdminHosting['usage']>, language: Language) {
  const { memory_bytes: memory, processors: share, processor_seconds: seconds, disk_bytes: disk } = usage;
  const now = share === null ? [] : [`${Math.round(100 * share)} %`];
  return {
    memory: formatBytes(memory),
    /** Share of one processor at the last look, and time of processors since it was switched on. */
    processor: [...now, formatDuration(seconds, language)].join(' · '),
    disk: formatBytes(disk),
  };
}

/** All that the page of a user shows but the operations. */
export function viewUserReport(report: UserReport, language: Language) {
  const { user, hosting, domains, ssh_keys: keys, sessions } = report;
  const { operator: t } = texts[language];
  return {
    user: viewUser(user, language),
    hosting: hosting && viewKnownHosting(hosting, language),
    domains: domains.map((domain) => viewDomain(domain, language)),
    keys: keys.map((key) => ({ ...key, stateText: t[`key_${key.state}`] })),
    sessions: sessions.map((session) => ({
      ...session,
      created: moment(session.created_at),
      lastUsed: moment(session.last_used_at),
    })),
  };
}

function viewKnownHosting(hosting: NonNullable<UserReport['hosting']>, language: Language) {
  const { site_url: url } = hosting;
  const certificate = viewCertificate(hosting.certificate, language);
  return { ...viewHosting(hosting, language), url, readableUrl: url && readableAddress(url), certificate };
}

export function viewAdminOperation(operation: Repeated<AdminOperation>, language: Language) {
  const begun = operation.steps.map(({ at }) => at);
  const { ended_at: to } = operation;
  return {
    ...operation,
    ...summarizeOperation(operation, language),
    steps: viewOperation(operation, language).steps.map((step, index) => {
      const [at, next] = [begun[index], begun.slice(index + 1).find(Boolean) ?? to];
      const seconds = at && next && step.name !== 'done' ? secondsBetween(at, next) : null;
      return { ...step, took: seconds === null ? '' : `${seconds.toFixed(1)}${language === 'ko' ? '초' : ' s'}` };
    }),
    failure: operation.error && viewFailure(operation, operation.error, language),
  };
}

/** How an operation failed: in words, what to look at, and what was said. */
function viewFailure(
  { vm_id: vmId }: AdminOperation,
  { code, message, console = [] }: NonNullable<AdminOperation['error']>,
  language: Language,
) {
  const sentence = (failures as Record<string, Record<Language, string> | undefined>)[code]?.[language] ?? message;
  const command = commands[code] ?? '';
  // Where there is no machine any more, its console is gone too.
  const possible = command !== '' && (vmId !== null || !command.includes('{vm}'));
  return { code, sentence, command: possible ? command.replace('{vm}', vmId ?? '') : null, message, console };
}

interface Share {
  free_bytes: number;
  total_bytes: number;
  reserve_bytes: number;
}

function viewCertificates({ failing, authorities, ...counts }: NodeData['certificates'], language: Language) {
  return {
    ...counts,
    any: counts.active + counts.pending + counts.failed > 0,
    failing: failing.map(({ host, user_id: userId, ...certificate }) => ({
      host,
      userId,
      ...viewCertificate(certificate, language),
    })),
    authorities: authorities.map(({ directory, problem }) => ({
      directory,
      problem,
      next: moment(problem?.next_attempt_at ?? null),
    })),
  };
}

export function viewNode(node: NodeData, language: Language) {
  const { operator: t } = texts[language];
  const share = ({ free, total }: { free: number; total: number }) => ({ free, total, taken: total - free });
  const bytes = (name: string, { free_bytes: free, total_bytes: total, reserve_bytes: reserve }: Share) => ({
    name,
    free: formatBytes(free),
    total: formatBytes(total),
    taken: total - free,
    all: total,
    reserve: formatBytes(reserve),
    isLow: free < 2 * reserve,
  });
  return {
    addresses: share(node.addresses),
    ports: share(node.ports),
    queue: node.queue,
    certificates: viewCertificates(node.certificates, language),
    domains: node.domains,
    nodes: node.nodes.map(({ domain_type: domainType, disk, saved, memory, processors: { count, load }, ...one }) => ({
      ...one,
      domainType,
      rooms: [
        bytes(t.memory, memory),
        {
          name: t.load,
          free: load.toFixed(2),
          total: t.processors.replace('{n}', String(count)),
          taken: Math.min(load, count),
          all: count,
        },
        bytes(t.disk, disk),
        ...(saved ? [bytes(t.saved, saved)] : []),
      ],
    })),
    hostings: Object.entries(node.hostings).map(([status, count]) => ({
      status,
      text: statusText(status, language),
      count,
    })),
  };
}
