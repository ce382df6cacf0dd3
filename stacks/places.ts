import type { NodeFacts } from '../programs/arguments.ts';
import { LibvirtPlace } from './libvirt/place.ts';
import type { MachinePlace } from './machine-place.ts';

/** Where the machines of a node are, by the node's kind. */
export function placeOf(node: NodeFacts): MachinePlace {
  switch (node.kind) {
    case 'libvirt':
      return new LibvirtPlace(node);
  }
}
