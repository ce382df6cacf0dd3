import type { MachineUsage } from '../machine-place.ts';
import { virsh } from './virsh.ts';

/**
 * What each VM that is on uses: one question for all of them. One that is busy is left out, rather than waited for.
 * @throws LibvirtUnavailableError
 */
export async function machineUsage(uri: string): Promise<MachineUsage[]> {
  const groups = ['--cpu-total', '--balloon', '--block'];
  const output = await virsh(uri, 'domstats', '--raw', '--nowait', '--list-running', ...groups);
  return readMachineUsage(output);
}

/** Reads what `virsh domstats --raw` prints; machines that it did not tell all of are left out. */
export function readMachineUsage(output: string): MachineUsage[] {
  const machines = output.split(/^Domain: /m).slice(1);
  return machines.map(readMachine).filter((machine) => machine !== null);
}

function readMachine(text: string): MachineUsage | null {
  const vmId = /^'(.+)'$/m.exec(text)?.[1];
  const values = new Map([...text.matchAll(/^\s+([\w.-]+)=(.*)$/gm)].map(([, name, value]) => [name, value]));
  const number = (name: string) => Number(values.get(name) ?? NaN);
  const disks = Array.from({ length: number('block.count') || 0 }, (_, index) => number(`block.${index}.physical`));
  const machine = {
    memoryBytes: number('balloon.rss') * 1_024,
    processorSeconds: number('cpu.time') / 1e9,
    diskBytes: disks.reduce((sum, bytes) => sum + bytes, 0),
  };
  return vmId && Object.values(machine).every(Number.isFinite) ? { vmId, ...machine } : null;
}
