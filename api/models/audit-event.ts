import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize';
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
  'suspend_user',
  'resume_user',
  'set_role',
  'end_sessions',
] as const;
/** An operation has two entries: one when it is asked for, one when it ends. */
export type AuditAction = (typeof auditActions)[number] | `${'request' | 'end'}_${OperationKind}`;

/** Who did what, from where, and how it ended. Written once, never changed. */
export class AuditEvent extends Model<InferAttributes<AuditEvent>, InferCreationAttributes<AuditEvent>> {
  declare id: CreationOptional<string>;
  declare at: CreationOptional<Date>;
  /** The user who did it; null where nobody proved who they are. */
  declare userId: number | null;
  declare action: AuditAction;
  /** What it was done to, like `account 5`; null where the account does not exist. */
  declare object: string | null;
  /** `ok`, or the code of the error. */
  declare outcome: string;
  /** Null where a worker did it. */
  declare clientAddress: string | null;
  declare requestId: string | null;
}

export function defineAuditEvent(sequelize: Sequelize): void {
  AuditEvent.init(
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
    { sequelize, tableName: 'audit_events', timestamps: false },
  );
}
