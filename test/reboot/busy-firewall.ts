import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../support/run.ts';

const link = '/usr/sbin/ebtables';
/** Of no test's own: should a test be killed, what stays there passes everything on. */
const directory = '/usr/local/lib/webhoster-test';

export interface BusyFirewall {
  /** The next rule that libvirt makes for a VM fails, as it does by chance when rules are changed beside it. */
  failOnce: () => void;
  /** Whether it has failed since. */
  failed: () => boolean;
  remove: () => Promise<void>;
}

/** Puts a program in front of this machine's ebtables. */
export async function installBusyFirewall(): Promise<BusyFirewall> {
  const [program, marker] = [join(directory, 'ebtables'), join(directory, 'ebtables-fails')];
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    program,
    `#!/bin/sh
case " $* " in
  *' -A '*)
    if rm ${marker} 2>/dev/null; then
      echo 'ebtables v1.8.9 (nf_tables):  RULE_DELETE failed (No such file or directory): rule in chain test' >&2
      exit 4
    fi ;;
esac
exec /usr/sbin/ebtables-nft "$@"
`,
  );
  chmodSync(program, 0o755);
  await run('update-alternatives', ['--install', link, 'ebtables', program, '1000']);
  return {
    failOnce: () => {
      writeFileSync(marker, '');
    },
    failed: () => !existsSync(marker),
    remove: async () => {
      await run('update-alternatives', ['--remove', 'ebtables', program]);
      rmSync(directory, { recursive: true });
    },
  };
}
