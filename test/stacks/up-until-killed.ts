// Brings a stack up, and says so when the domain is being made, for a test that then kills this process.
import type { ProxyFacts } from '../../programs/arguments.ts';
import { HostingStacks, type HostingSpec } from '../../stacks/hosting.ts';
import type { NodeOutputs } from '../../stacks/node.ts';
import { placeOf } from '../../stacks/places.ts';
import { openPulumi } from '../../stacks/pulumi.ts';
import { passphrase } from '../support/engine/engine.ts';

const given = <T>(name: string): T => JSON.parse(process.env[name] ?? '') as T;

const pulumi = await openPulumi({
  backendUrl: process.env['BACKEND'] ?? '',
  passphrase,
  toolchainDirectory: `${import.meta.dirname}/../../.toolchain`,
});
const [place, proxy] = [placeOf(given<NodeOutputs>('NODE')), given<ProxyFacts>('PROXY')];
const checks = { proxyUrl: 'http://127.0.0.1', bootTimeout: 60, firewallReport: '/nonexistent' };
const stacks = new HostingStacks({ pulumi, place, proxy, checks });
await stacks.make(given<HostingSpec>('SPEC'), {
  signal: AbortSignal.timeout(60_000),
  onStep: (step) => step === 'boot' && console.log(step),
  onSetback: console.error,
});
