import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize';

export const auditActions = [
  'register',
  'login',
  'refresh',
  'logout',
  'logout_everywhere',
  'change_password',
  'delete_account',
  'request_create',
  'request_delete',
  'end_create',
  'end_delete',
] as const;
export type AuditAction = (typeof auditActions)[number];

/** Who did what, from where, and how it ended. Written once, never changed. */
export class AuditEvent extends Model<InferAttributes<AuditEvent>, InferCreationAttributes<AuditEvent>> {
  declare id: CreationOptional<string>;
  declare at: CreationOptional<Date>;
  /** Who did it; null where that was not proven. */
  declare userId: number | null;
  declare action: AuditAction;
  /** What it was done to, like `account 5`; null for an account that there is none of. */
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
