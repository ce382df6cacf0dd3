import { machineNames } from '../../../programs/names.ts';
import type { ShownHosting, ShownMachine } from '../../stores/queries/hostings.ts';
import { presentCertificate } from './certificate.ts';

/** @param publicUrl address under which users reach the proxy, e.g. `http://localhost` */
export function presentHosting({ hosting, certificate }: ShownHosting, publicUrl: string) {
  return { ...presentMachine(hosting, publicUrl), certificate: presentCertificate(certificate) };
}

/** The same without the certificate. */
export function presentMachine(hosting: ShownMachine, publicUrl: string) {
  const { userId, machineId, vmIp, sshPort, status, sshPasswordHash } = hosting;
  const { hostname } = new URL(publicUrl);
  const times = { created_at: hosting.createdAt.toISOString(), started_at: hosting.startedAt?.toISOString() ?? null };
  const isAsleep = status === 'asleep';
  const sleep = {
    sleep: hosting.sleep,
    asleep_since: (isAsleep && hosting.asleepSince?.toISOString()) || null,
    asleep_reason: isAsleep ? hosting.asleepReason : null,
  };
  return {
    hosting: {
      vm_id: machineNames(machineId).vmId,
      vm_ip: vmIp,
      ssh_port: sshPort,
      status,
      has_password: sshPasswordHash !== null,
      ...times,
      ...sleep,
    },
    web_url: new URL(String(userId), withSlash(publicUrl)).href,
    site_url: hosting.routedHost ? atHost(publicUrl, hosting.routedHost) : null,
    ssh_command: `ssh -p ${sshPort} ubuntu@${hostname}`,
    sftp_command: `sftp -P ${sshPort} ubuntu@${hostname}`,
  };
}

/** The origin like that of the service, at another host. */
function atHost(publicUrl: string, host: string): string {
  const url = new URL(publicUrl);
  url.hostname = host;
  return url.origin;
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}
