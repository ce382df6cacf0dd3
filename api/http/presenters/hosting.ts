import { hostingNames } from '../../../programs/names.ts';
import type { Hosting } from '../../models/hosting.ts';

/** @param publicUrl address under which users reach the proxy, e.g. `http://localhost` */
export function presentHosting(hosting: Hosting, publicUrl: string) {
  const { userId, vmIp, sshPort, status, sshPasswordHash } = hosting;
  const { hostname } = new URL(publicUrl);
  const times = { created_at: hosting.createdAt.toISOString(), started_at: hosting.startedAt?.toISOString() ?? null };
  return {
    hosting: {
      vm_id: hostingNames(userId).vmId,
      vm_ip: vmIp,
      ssh_port: sshPort,
      status,
      has_password: sshPasswordHash !== null,
      ...times,
    },
    web_url: new URL(String(userId), withSlash(publicUrl)).href,
    ssh_command: `ssh -p ${sshPort} ubuntu@${hostname}`,
    sftp_command: `sftp -P ${sshPort} ubuntu@${hostname}`,
  };
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}
