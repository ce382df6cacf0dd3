import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LibvirtFacts } from '../../programs/arguments.ts';
import { addressOfPort, type Slot, slotOf } from '../../programs/slots.ts';
import { virsh, virshLines } from './virsh.ts';

/** How an earlier version had libvirt filter what a machine sends, on a port of a name that libvirt chose at each start. */
const filter = /<filterref filter='clean-traffic'>\s*<parameter name='IP' value='([\d.]+)'\/>\s*<\/filterref>/;

/**
 * Gives machines that an earlier version made the ports that the node's rules know, from their next start on. They keep
 * their MAC addresses, by which their guests know their network card.
 * @returns where the node's machines are, as libvirt knows it; of those that still run as they were made, where they are now
 * @throws LibvirtUnavailableError
 */
export async function bringOver(
  node: Pick<LibvirtFacts, 'libvirtUri' | 'consoleDirectory' | 'prefixLength'>,
): Promise<Slot[]> {
  const places: (Slot | null)[] = [];
  for (const vmId of await virshLines(node.libvirtUri, 'list', '--all', '--name')) {
    const [now, kept] = [await definition(node, vmId), await definition(node, vmId, '--inactive')];
    if (!kept.includes(`'${node.consoleDirectory}/`)) continue;
    const card = networkCard(kept);
    const next = atItsSlot(card, node.prefixLength);
    if (next !== card) await keep(node, vmId, next);
    places.push(placeOf(networkCard(now)), placeOf(next));
  }
  return places.filter((place) => place !== null);
}

/**
 * The same for a machine whose memory was saved as it ran: it would go on at a port that the node's rules do not know.
 * @throws LibvirtUnavailableError
 */
export async function bringOverSaved(
  { libvirtUri, prefixLength }: Pick<LibvirtFacts, 'libvirtUri' | 'prefixLength'>,
  vmId: string,
): Promise<void> {
  const saved = await virsh(libvirtUri, 'managedsave-dumpxml', vmId);
  const card = networkCard(saved);
  const next = atItsSlot(card, prefixLength);
  if (next === card) return;
  await withFile(saved.replace(card, next), (file) => virsh(libvirtUri, 'managedsave-define', vmId, file, '--running'));
}

/** A network card at the port of its slot, if libvirt filtered what it sends. */
function atItsSlot(card: string, prefixLength: number): string {
  const [, address] = filter.exec(card) ?? [];
  if (!address) return card;
  const unnamed = card.replace(/<target dev='vnet\d+'\/>\s*/, '');
  return unnamed.replace(filter, `<target dev='${slotOf(address, prefixLength).port}'/>`);
}

function definition({ libvirtUri }: Pick<LibvirtFacts, 'libvirtUri'>, ...args: string[]): Promise<string> {
  return ifThere(virsh(libvirtUri, 'dumpxml', ...args));
}

function networkCard(definition: string): string {
  return /<interface type='network'>[^]*?<\/interface>/.exec(definition)?.[0] ?? '';
}

/** Where a machine is by its network card, whose port tells the address unless a filter does; null where it has no port. */
function placeOf(card: string): Slot | null {
  const [, macAddress] = /<mac address='([0-9a-f:]+)'\/>/.exec(card) ?? [];
  const [, port] = /<target dev='([^'"*]+)'\/>/.exec(card) ?? [];
  if (!macAddress || !port) return null;
  const address = filter.exec(card)?.[1] ?? addressOfPort(port);
  return address ? { address, macAddress, port } : null;
}

/** Has a machine get another network card at its next start. From a file, as virsh reads no definition from its input. */
async function keep({ libvirtUri }: Pick<LibvirtFacts, 'libvirtUri'>, vmId: string, card: string): Promise<void> {
  await withFile(card, (file) => ifThere(virsh(libvirtUri, 'update-device', vmId, file, '--config')));
}

async function withFile(content: string, work: (file: string) => Promise<unknown>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'webhoster-machine-'));
  try {
    const file = join(directory, 'definition.xml');
    await writeFile(file, content);
    await work(file);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** What virsh says of a machine; empty when that was deleted meanwhile. */
async function ifThere(answer: Promise<string>): Promise<string> {
  try {
    return await answer;
  } catch (error) {
    if (/failed to get domain/i.test(String(error))) return '';
    throw error;
  }
}
