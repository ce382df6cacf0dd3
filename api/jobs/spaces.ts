import type { MachinePlace, Room, Space } from '../../stacks/machine-place.ts';
import { usualDiskReserve } from './disk.ts';
import { usualReserve } from './memory.ts';

/** A space of which something is to stay free. */
export interface KeptSpace extends Space {
  reserveBytes: number;
}

/** What the machines of a node share, and what of it is theirs. */
export interface NodeSpaces extends Room {
  disk: KeptSpace;
  memory: KeptSpace;
  /** Of the file system that has the memory of those that sleep; null where they cannot. */
  saved: KeptSpace | null;
  /** Bytes of memory that machines may hold together; null for as much as there is. */
  budget: number | null;
}

/** What the operator says of that, in MiB, where they do. */
export interface SpaceSettings {
  memoryReserve: number | undefined;
  memoryForMachines: number | undefined;
  diskReserve: number | undefined;
}

const bytes = (mebibytes: number) => mebibytes * 2 ** 20;

/** Looks what a node has. */
export async function lookAtSpaces(
  place: Pick<MachinePlace, 'room' | 'sleep'>,
  { memoryReserve, memoryForMachines, diskReserve }: SpaceSettings,
): Promise<NodeSpaces> {
  const [room, saved] = await Promise.all([place.room(), place.sleep?.space()]);
  const kept = (space: Space, reserve: number | undefined, usual: (total: number) => number): KeptSpace => ({
    ...space,
    reserveBytes: reserve === undefined ? usual(space.totalBytes) : bytes(reserve),
  });
  return {
    ...room,
    disk: kept(room.disk, diskReserve, usualDiskReserve),
    saved: saved ? kept(saved, diskReserve, usualDiskReserve) : null,
    memory: kept(room.memory, memoryReserve, usualReserve),
    budget: memoryForMachines === undefined ? null : bytes(memoryForMachines),
  };
}
