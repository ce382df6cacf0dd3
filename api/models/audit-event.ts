import { type CreationOptional, DataTypes, type Sequelize } from 'sequelize';
import type { Row } from './row.ts';
import type { OperationKind } from './operation.ts';

export const auditActions = [
  'register',
  'login',
  'refresh',
  'logout',
  'logout_everywhere',
  'change_password',
  'change_names',
  'delete_account',
  'add_key',
  'remove_key',
  'choose_sleep',
  'add_domain',
  'remove_domain',
  'prove_domain',
  'lapse_domain',
  'recover_domain',
  'release_domain',
  'suspend_user',
  'resume_user',
  'set_role',
  'end_sessions',
] as const;
/** An operation has two entries: one when it is asked for, one when it ends. */
export type AuditAction = (typeof auditActions)[number] | `${'request' | 'end'}_${OperationKind}`;

/** Who did what, from where, and how it ended. Written once, never changed. */
export interface AuditEvent extends Row<AuditEvent> {
  id: CreationOptional<string>;
  at: CreationOptional<Date>;
  /** The user who did it; null where nobody proved who they are. */
  userId: number | null;
  action: AuditAction;
  /** What it was done to, like `account 5`; null where the account does not exist. */
  object: string | null;
  /** `ok`, or the code of the error. */
  outcome: string;
  /** Null where a worker did it. */
  clientAddress: string | null;
  requestId: string | null;
}

export function defineAuditEvent(sequelize: Sequelize) {
  return sequelize.define<AuditEvent>(
    'AuditEvent',
    {
      id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
      at: { type: DataTypes.DATE, allowNull: false, defaultValue: DataTypes.NOW },
      userId: DataTypes.INTEGER,
      action: { type: DataTypes.TEXT, allowNull: false },
      object: DataTypes.TEXT,
      outcome: { type: DataTypes.TEXT, allowNull: false },
      clientAddress: DataTypes.INET,
      requestId: DataTypes.UUID,
    },
    { tableName: 'audit_events', timestamps: false },
  );
}
