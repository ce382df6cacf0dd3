import type { AuditAction } from './models/audit-event.ts';
import type { Database, Transaction } from './stores/database.ts';

/** Who asks, and from where. */
export interface Actor {
  /** Null where the request does not prove it. */
  userId: number | null;
  /** Null where the service itself acts on behalf of the user. */
  address: string | null;
  requestId: string | null;
}

/** An actor who has proven to be a user. */
export interface UserActor extends Actor {
  userId: number;
}

export interface AuditEntry {
  actor: Actor;
  action: AuditAction;
  /** What it is done to, like `account 5`. Never what a client sent, but for the name of a domain, which was found to be one. */
  object: string | null;
  /** The code of the error, where it is one. */
  outcome?: string | undefined;
  /** The one that makes the change: both are written, or neither. */
  transaction?: Transaction;
}

/** Writes down who did what, from where, and how it ended. */
export async function audit(
  database: Database,
  { actor, action, object, outcome = 'ok', transaction }: AuditEntry,
): Promise<void> {
  const { userId, address: clientAddress, requestId } = actor;
  const event = { userId, action, object, outcome, clientAddress, requestId };
  await database.models.AuditEvent.create(event, { transaction: transaction ?? null });
}

/** The service itself, where it acts by its own rules. */
export const systemActor: Actor = { userId: null, address: null, requestId: null };

/** The service itself, where it acts on behalf of a user without being asked at that moment. */
export function onBehalfOf(userId: number): UserActor {
  return { userId, address: null, requestId: null };
}
