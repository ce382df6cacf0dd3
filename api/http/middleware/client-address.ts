import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * The address that a request comes from: what the proxy says in X-Real-IP, which it sets itself whatever the client sent
 * (templates/proxy/headers.conf.liquid). The api is reached through the proxy and from the loopback interface only.
 */
export function clientAddress({ headers, socket }: IncomingMessage): string {
  const told = String(headers['x-real-ip']);
  const address = isIP(told) ? told : (socket.remoteAddress ?? '0.0.0.0');
  // A link-local address may name the interface after a percent sign, which is no part of it, and which PostgreSQL refuses.
  return ipaddr.process(address.replace(/%.*$/, '')).toString();
}

/** What counts as one client: an IPv4 address, or the /64 of an IPv6 address, which one household has to itself. */
export function clientNetwork(address: string): string {
  return isIP(address) === 6 ? ipaddr.IPv6.networkAddressFromCIDR(`${address}/64`).toString() : address;
}
