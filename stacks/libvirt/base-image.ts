import type { LibvirtFacts } from '../../programs/arguments.ts';
import { BaseImageMissingError } from './errors.ts';
import { volumeNames } from './virsh.ts';

/** @throws BaseImageMissingError when the volume under new machines' disks is not in the pool; LibvirtUnavailableError */
export async function requireImage({ libvirtUri, pool, image }: LibvirtFacts): Promise<void> {
  if ((await volumeNames(libvirtUri, pool)).includes(image.volume)) return;
  throw new BaseImageMissingError({
    message: `The base image ${image.volume} is missing in pool ${pool}. Run scripts/docker-start.sh, or without containers scripts/node/prepare-node.sh.`,
  });
}
