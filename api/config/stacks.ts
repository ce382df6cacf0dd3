import { resolve } from 'node:path';
import type { ProxyFacts } from '../../programs/arguments.ts';
import type { PulumiSettings } from '../../stacks/pulumi.ts';
import { nodeNames } from '../../programs/names.ts';
import type { FirewallOptions } from '../../stacks/firewall.ts';
import { renderFirewall } from '../../templates/firewall.ts';
import type { GuardConfig, WorkerConfig } from './config.ts';
import { networkFacts } from './network.ts';

/** What of the configuration the Pulumi engine needs. */
export function pulumiSettings(config: WorkerConfig): PulumiSettings {
  return {
    backendUrl: config.PULUMI_BACKEND_URL,
    passphrase: config.PULUMI_CONFIG_PASSPHRASE,
    toolchainDirectory: resolve(config.TOOLCHAIN_DIR),
  };
}

/** What of the configuration a site needs. */
export function proxyFacts(config: WorkerConfig): ProxyFacts {
  return {
    sitesDirectory: config.PROXY_SITES_DIR,
    controlSocket: config.PROXY_CONTROL_SOCKET,
    addresses: [config.PROXY_ADDRESS ?? networkFacts(config.VM_NETWORK).gateway],
  };
}

/** What one VM may have open to the outside at a time: the kernel's table of connections is everybody's. */
export const connectionsOfVm = 2_000;

/** What of the configuration the rules are made from that keep VMs apart. */
export function firewallOptions(config: GuardConfig): FirewallOptions {
  const { bridge, network: table } = nodeNames(config.NODE_NAME);
  const rules = renderFirewall({
    table,
    bridge,
    network: config.VM_NETWORK,
    nameservers: config.VM_NAMESERVERS,
    refusedNetworks: config.VM_REFUSED_NETWORKS,
    proxyUid: config.PROXY_UID,
    bytesPerSecond: (config.VM_MEGABITS_PER_SECOND * 1_000_000) / 8,
    connections: connectionsOfVm,
  });
  return { table, bridge, rules };
}
