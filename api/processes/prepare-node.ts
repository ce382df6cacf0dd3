import { join } from 'node:path';
import { parseArgs } from 'node:util';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { openPulumi } from '../../stacks/pulumi.ts';
import { bringOver } from '../../stacks/libvirt/earlier-machines.ts';
import { upNode } from '../../stacks/libvirt/node.ts';
import { readWorkerConfig } from '../config/config.ts';
import { readImage } from '../config/guest-image.ts';
import { networkFacts } from '../config/network.ts';
import { firewallRules, pulumiSettings, rulesFile } from '../config/stacks.ts';
import { exitOnFailure } from './lifecycle.ts';

const commandLine = z.object({ image: z.string(), 'domain-type': z.enum(['kvm', 'qemu']) });

await exitOnFailure(async () => {
  const { values } = parseArgs({ options: { image: { type: 'string' }, 'domain-type': { type: 'string' } } });
  const { image, 'domain-type': domainType } = commandLine.parse(values);
  const config = readWorkerConfig();
  const { LIBVIRT_URI: libvirtUri, VM_NETWORK: network } = config;
  const consoleDirectory = join(config.VM_STORAGE_DIR, 'consoles');
  const machines = await bringOver({ libvirtUri, consoleDirectory, ...networkFacts(network) });
  // Loaded by libvirt's hook before the network starts.
  await writeFileAtomic(rulesFile(config), firewallRules(config, machines));
  const node = await upNode(await openPulumi(pulumiSettings(config)), {
    name: config.NODE_NAME,
    libvirtUri,
    domainType,
    storageDirectory: config.VM_STORAGE_DIR,
    network,
    ...networkFacts(network),
    nameservers: config.VM_NAMESERVERS,
    image: await readImage(image, domainType),
  });
  console.error(`node: ${config.NODE_NAME} is ready (image ${node.image.id}, ${node.domainType})`);
});
