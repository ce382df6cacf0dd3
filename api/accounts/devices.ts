import { randomUUID } from 'node:crypto';
import { type Device, issueDeviceToken, readDeviceToken, type TokenRules } from './tokens.ts';
import type { Database } from '../stores/database.ts';

/** How many accounts a device knows, as a school's computer is many people's; the one used longest ago is forgotten. */
const maximumAccounts = 20;

/**
 * The device that a token names, if it has logged in to the account of this email before. Looks only among the accounts
 * that the device knows, so that the time tells nothing of others.
 */
export async function findDevice(
  database: Database,
  rules: TokenRules,
  { token, email }: { token: string | undefined; email: string },
): Promise<Device | null> {
  const device = token ? readDeviceToken(rules, token) : null;
  if (!device) return null;
  const isKnown = await database.models.User.count({ where: { id: device.userIds, email: email.toLowerCase() } });
  return isKnown ? device : null;
}

/** The token of a device that has just logged in. @param token the one that it had, if any */
export function rememberDevice(
  rules: TokenRules,
  { token, userId }: { token: string | undefined; userId: number },
): string {
  const { id, userIds } = (token && readDeviceToken(rules, token)) || { id: randomUUID(), userIds: [] };
  const others = userIds.filter((one) => one !== userId);
  return issueDeviceToken(rules, { id, userIds: [userId, ...others].slice(0, maximumAccounts) });
}
