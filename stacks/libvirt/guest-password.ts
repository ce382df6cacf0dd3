import { agentUnreachable, askAgent, runInGuest, untilAgentAnswers } from './guest-agent.ts';
import { StackError } from '../errors.ts';
import type { Machine } from './power.ts';

const username = 'ubuntu';

/**
 * A machine that was made with a key takes no passwords: sshd reads what webhoster-init wrote there before all else. Started
 * anew it is there again when systemctl returns, unlike after a reload; connections that are open stay.
 */
const letPasswordsIn = `file=/etc/ssh/sshd_config.d/00-webhoster-init.conf
before=$(cat $file)
echo 'PasswordAuthentication yes' >$file
sshd -t || { echo "$before" >$file; exit 1; }
systemctl restart ssh`;

/**
 * Has the agent of a running guest set the password of its user, and sshd take passwords.
 * @param hash crypt(3)
 * @throws AgentUnreachableError when the agent does not answer, or does not do it; StoppedError; LibvirtUnavailableError
 */
export async function changeGuestPassword(machine: Machine, hash: string, signal: AbortSignal): Promise<void> {
  await untilAgentAnswers(machine, signal);
  try {
    await runInGuest(machine, { script: letPasswordsIn }, signal);
    // The password comes last: where something fails before, the old one stays.
    const password = Buffer.from(hash).toString('base64');
    await askAgent(machine, 'guest-set-user-password', { username, password, crypted: true });
  } catch (error) {
    // The guest's root may have removed what this needs.
    throw error instanceof StackError ? error : agentUnreachable(machine, error);
  }
}
