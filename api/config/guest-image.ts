import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { GuestImage } from '../../stacks/node.ts';

const imageFile = z.object({
  id: z.string(),
  root: z.string(),
  kernel: z.string(),
  kernel_unpacked: z.string().nullable(),
  initrd: z.string().nullable(),
  cmdline: z.string(),
});

/**
 * Reads `image.json` in a folder made by `scripts/images/build-guest-image.sh`. Emulated guests are given the unpacked kernel:
 * unpacking takes them more than a second, and the address randomization that comes with it guards no real boundary there.
 */
export async function readImage(directory: string, domainType: 'kvm' | 'qemu'): Promise<GuestImage> {
  const { id, root, kernel, kernel_unpacked, initrd, cmdline } = imageFile.parse(
    JSON.parse(await readFile(join(directory, 'image.json'), 'utf8')),
  );
  return {
    id,
    cmdline,
    root: join(directory, root),
    kernel: join(directory, (domainType === 'qemu' && kernel_unpacked) || kernel),
    initrd: initrd && join(directory, initrd),
  };
}
