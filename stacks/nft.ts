/**
 * Where Debian and Ubuntu have it; in the guard's container images/app/host-program is there, which runs the host's. An npm
 * package has a program of the same name, first on the path of these processes.
 */
export const nft = '/usr/sbin/nft';
