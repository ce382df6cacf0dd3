import { StackError } from '../errors.ts';

export class LibvirtUnavailableError extends StackError {
  readonly code = 'LIBVIRT_UNAVAILABLE';
}

/** @param cause whose words tell of the operator's machine: they are for the log */
export function libvirtUnavailable(cause: unknown): LibvirtUnavailableError {
  return new LibvirtUnavailableError({ message: 'libvirt cannot be reached. Start libvirtd on the node.', cause });
}

export class BaseImageMissingError extends StackError {
  readonly code = 'BASE_IMAGE_MISSING';
}

/**
 * What the engine's words mean, where they are of libvirt.
 * @param cause its words, for the log
 */
export function libvirtError(cause: Error): StackError | null {
  const words = cause.message;
  if (/failed to connect|libvirt-sock|error connecting to libvirt/i.test(words)) {
    return libvirtUnavailable(cause);
  }
  if (/can't retrieve base volume|base volume .* not found/i.test(words)) {
    return new BaseImageMissingError({
      message:
        'The base image is missing on the node. Run scripts/docker-start.sh, or without containers scripts/node/prepare-node.sh.',
      cause,
    });
  }
  return null;
}
