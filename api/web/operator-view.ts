import { texts } from '../../templates/web/texts.ts';
import type { Language } from '../messages.ts';
import type { AdminHosting, AdminOperation, AdminUser, NodeData } from './answers.ts';
import { formatBytes, moment, secondsBetween } from './format.ts';
import { summarizeOperation, viewOperation } from './operation-view.ts';

function statusText(status: string, language: Language): string {
  return (texts[language].hosting as Record<string, string | undefined>)[`status_${status}`] ?? status;
}

export function viewUser(user: AdminUser, language: Language) {
  const { operator: t } = texts[language];
  return {
    ...user,
    roleText: user.role === 'operator' ? t.role_operator : t.role_user,
    since: moment(user.created_at),
    hosting: user.hosting_status && statusText(user.hosting_status, language),
  };
}

export function viewHosting(hosting: AdminHosting, language: Language) {
  return {
    ...hosting,
    statusText: statusText(hosting.status, language),
    created: moment(hosting.created_at),
    started: moment(hosting.started_at),
  };
}

export function viewAdminOperation(operation: AdminOperation, language: Language) {
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
    console: operation.error?.console ?? [],
  };
}

export function viewNode(node: NodeData, language: Language) {
  const share = ({ free, total }: { free: number; total: number }) => ({ free, total, taken: total - free });
  return {
    addresses: share(node.addresses),
    ports: share(node.ports),
    queue: node.queue,
    nodes: node.nodes.map(({ name, domain_type: domainType, workers, libvirt, firewall, disk }) => ({
      name,
      domainType,
      workers,
      libvirt,
      firewall,
      disk: {
        free: formatBytes(disk.free_bytes),
        total: formatBytes(disk.total_bytes),
        taken: disk.total_bytes - disk.free_bytes,
        all: disk.total_bytes,
      },
    })),
    hostings: Object.entries(node.hostings).map(([status, count]) => ({
      status,
      text: statusText(status, language),
      count,
    })),
  };
}
