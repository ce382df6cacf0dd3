import { render } from './render.ts';

/** XSLT that the provider applies to a VM's domain XML. `consoleLog` is an absolute path on the node. */
export function renderDomainXslt(variables: { consoleLog: string }): string {
  return render('libvirt/domain.xslt', variables);
}

/** XSLT that the provider applies to the network XML of a node. */
export function renderNetworkXslt(): string {
  return render('libvirt/network.xslt', {});
}
