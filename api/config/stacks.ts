import { join, resolve } from 'node:path';
import type { ProxyFacts } from '../../programs/arguments.ts';
import type { PulumiSettings } from '../../stacks/pulumi.ts';
import { nodeNames } from '../../programs/names.ts';
import { bridgeMarks, slotsOf } from '../../programs/slots.ts';
import type { FirewallOptions } from '../../stacks/firewall.ts';
import { type Place, renderFirewall } from '../../templates/firewall.ts';
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
export type RulesConfig = Pick<
  WorkerConfig,
  'NODE_NAME' | 'VM_NETWORK' | 'VM_NAMESERVERS' | 'VM_REFUSED_NETWORKS' | 'VM_MEGABITS_PER_SECOND' | 'PROXY_UID'
>;

/**
 * The rules that keep VMs apart, for all slots of the network at once.
 * @param others places of machines that are not as their slots say
 */
export function firewallRules(config: RulesConfig, others: Place[]): string {
  const { bridge, network: table } = nodeNames(config.NODE_NAME);
  const { gateway, prefixLength } = networkFacts(config.VM_NETWORK);
  return renderFirewall({
    table,
    bridge,
    network: config.VM_NETWORK,
    ...bridgeMarks(gateway, prefixLength),
    places: [...slotsOf(gateway, prefixLength), ...others],
    nameservers: config.VM_NAMESERVERS,
    refusedNetworks: config.VM_REFUSED_NETWORKS,
    proxyUid: config.PROXY_UID,
    bytesPerSecond: (config.VM_MEGABITS_PER_SECOND * 1_000_000) / 8,
    connections: connectionsOfVm,
  });
}

/** Where the rules are as a file, for the guard and libvirt's hook. Alone in its folder, which the guard's container sees. */
export function rulesFile({ VM_STORAGE_DIR }: Pick<GuardConfig, 'VM_STORAGE_DIR'>): string {
  return join(VM_STORAGE_DIR, 'firewall', 'rules.nft');
}

/** What of the configuration the guard of these rules needs. */
export function firewallOptions(config: GuardConfig): FirewallOptions {
  const { bridge, network: table } = nodeNames(config.NODE_NAME);
  return { table, bridge, file: rulesFile(config) };
}
