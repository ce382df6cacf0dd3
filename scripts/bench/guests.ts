import { randomBytes, randomUUID } from 'node:crypto';
import type { GuestImage } from '../../stacks/node.ts';
import { type CloudInitFiles, renderCloudInit } from '../../templates/cloud-init.ts';
import { renderWelcome } from '../../templates/welcome.ts';
import type { Machine } from './machine.ts';

const vmId = 'vm-bench';
const macAddress = '52:54:00:00:00:01';
/** QEMU's user network, with the host as the gateway, from which its connections come, and a name server. */
const address = '10.0.2.15';
const gateway = '10.0.2.2';
const nameServer = '10.0.2.3';

interface Content {
  sshPublicKey: string;
  page: string;
}

/** Our image, with the disk that a hosting's VM gets. */
export function ourMachine(image: GuestImage, sshPublicKey: string): Machine {
  return machineOf(image, sshPublicKey, ({ page }) =>
    renderCloudInit({
      vmId,
      instanceId: `${vmId}-1`,
      macAddress,
      address: `${address}/24`,
      gateway,
      nameservers: [nameServer],
      proxyAddresses: [gateway],
      sshPublicKeys: [sshPublicKey],
      passwordHash: null,
      randomSeed: randomBytes(64).toString('base64'),
      welcomePage: page,
    }),
  );
}

/** A stock image, with what its cloud-init needs for the same: the address, the user, the key and the page. */
export function stockMachine(image: GuestImage, sshPublicKey: string): Machine {
  return machineOf(image, sshPublicKey, stockSeed);
}

function machineOf(image: GuestImage, sshPublicKey: string, seedOf: (content: Content) => CloudInitFiles): Machine {
  const mark = randomUUID();
  const page = renderWelcome({ username: mark, vmId });
  return { image, macAddress, address, mark, seed: seedOf({ sshPublicKey, page }) };
}

function stockSeed({ sshPublicKey, page }: Content): CloudInitFiles {
  const user = {
    name: 'ubuntu',
    groups: 'sudo',
    sudo: 'ALL=(ALL) NOPASSWD:ALL',
    shell: '/bin/bash',
    ssh_authorized_keys: [sshPublicKey],
  };
  const owner = 'ubuntu:ubuntu';
  // cloud-init makes users after it has written files, but for those that are deferred.
  const file = { path: '/var/www/html/index.html', content: page, owner, permissions: '0644', defer: true };
  const ethernet = {
    match: { macaddress: macAddress },
    addresses: [`${address}/24`],
    routes: [{ to: 'default', via: gateway }],
    nameservers: { addresses: [nameServer] },
  };
  return {
    metaData: JSON.stringify({ 'instance-id': `${vmId}-1`, 'local-hostname': vmId }),
    userData: `#cloud-config\n${JSON.stringify({ users: [user], write_files: [file] })}`,
    networkConfig: JSON.stringify({ version: 2, ethernets: { eth0: ethernet } }),
  };
}
