import { askAgent, runInGuest, untilAgentAnswers } from './guest-agent.ts';
import { StoppedError } from '../errors.ts';
import type { Machine } from './power.ts';
import type { Setbacks } from '../setbacks.ts';

/** Milliseconds that the agent of a guest which was running before gets to answer. */
const agentTimeout = 10_000;
/** Nanoseconds by which a guest's clock may be off after it was set. */
const tolerance = 1e9;

/**
 * Has the kernel take 64 bytes of the host's and make its generator anew (random(4): RNDADDENTROPY, RNDRESEEDCRNG). Written to
 * /dev/urandom without that, they would count only minutes later.
 */
const freshEntropy = String.raw`exec perl -e '
  open my $host, "<", "/dev/hwrng" or die; sysread($host, my $bytes, 64) == 64 or die;
  open my $own, ">", "/dev/urandom" or die;
  ioctl($own, 0x40085203, pack("ii", 512, 64) . $bytes) && ioctl($own, 0x5207, 0) or die'`;

/**
 * Sets the clock of a guest that stood still, and gives it fresh entropy. A guest that does not do it goes on as it is: its
 * user may have removed the agent.
 * @throws StoppedError; whatever else goes wrong is told to `onSetback`
 */
export async function refreshGuest(machine: Machine, { signal, onSetback }: Setbacks): Promise<void> {
  try {
    await untilAgentAnswers(machine, signal, agentTimeout);
    await setClock(machine);
    await runInGuest(machine, { script: freshEntropy }, signal);
  } catch (error) {
    if (error instanceof StoppedError) throw error;
    onSetback(error);
  }
}

/** @throws Error when the clock is off by more than a second afterwards */
async function setClock(machine: Machine): Promise<void> {
  const now = () => Date.now() * 1e6;
  // It also sets the clock that a guest under this kernel does not have, and fails at that.
  const refusal = await askAgent(machine, 'guest-set-time', { time: now() }).catch((error: unknown) => error);
  const told = Number(await askAgent(machine, 'guest-get-time'));
  if (!(Math.abs(now() - told) < tolerance)) throw new Error('the clock of the guest was not set', { cause: refusal });
}
