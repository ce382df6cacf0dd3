import { resolve } from 'node:path';
import type { ProxyFacts } from '../programs/arguments.ts';
import type { PulumiSettings } from '../stacks/pulumi.ts';
import type { Config } from './config.ts';
import { networkFacts } from './network.ts';

/** What of the configuration the Pulumi engine needs. */
export function pulumiSettings(config: Config): PulumiSettings {
  return {
    backendUrl: config.PULUMI_BACKEND_URL,
    passphrase: config.PULUMI_CONFIG_PASSPHRASE,
    toolchainDirectory: resolve(config.TOOLCHAIN_DIR),
  };
}

/** What of the configuration a site needs. */
export function proxyFacts(config: Config): ProxyFacts {
  return {
    sitesDirectory: config.PROXY_SITES_DIR,
    testCommand: config.PROXY_TEST_COMMAND,
    reloadCommand: config.PROXY_RELOAD_COMMAND,
    addresses: [config.PROXY_ADDRESS ?? networkFacts(config.VM_NETWORK).gateway],
  };
}
