import { render } from './render.ts';

export interface DomainVariables {
  /** Absolute path on the node. */
  consoleLog: string;
  /** Name of the network interface of the node that its cable ends at. */
  port: string;
  limits: {
    /** Of one processor, for the guest itself, and for what QEMU does on its behalf. */
    processorPercent: number;
    emulatorPercent: number;
    /** For its disk, reads and writes together. */
    diskBytesPerSecond: number;
    diskOperationsPerSecond: number;
    /** Mebibytes for what an emulated guest's instructions were translated to. */
    translationMebibytes: number;
  };
}

/** XSLT that the provider applies to a VM's domain XML. */
export function renderDomainXslt(variables: DomainVariables): string {
  return render('libvirt/domain.xslt', variables);
}

/** XSLT that the provider applies to the network XML of a node. */
export function renderNetworkXslt(): string {
  return render('libvirt/network.xslt', {});
}
