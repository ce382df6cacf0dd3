import { type CreationOptional, DataTypes, type Sequelize } from 'sequelize';
import type { Row } from './row.ts';

/** One log-in of a user, for as long as it is refreshed. Its tokens are worth nothing once this row is gone. */
export interface Session extends Row<Session> {
  id: string;
  userId: number;
  /** Digest of the one refresh token that was not used yet. */
  refreshHash: string;
  /** Whether the user chose to stay logged in; if not, the session is a short one. */
  stays: CreationOptional<boolean>;
  /** From where the user logged in. */
  clientAddress: string | null;
  createdAt: CreationOptional<Date>;
  /** When it was last refreshed, or a page was asked for. */
  lastUsedAt: Date;
  expiresAt: Date;
}

export function defineSession(sequelize: Sequelize) {
  return sequelize.define<Session>(
    'Session',
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      userId: { type: DataTypes.INTEGER, allowNull: false },
      refreshHash: { type: DataTypes.TEXT, allowNull: false },
      stays: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: true },
      clientAddress: DataTypes.INET,
      createdAt: { type: DataTypes.DATE, allowNull: false },
      lastUsedAt: { type: DataTypes.DATE, allowNull: false },
      expiresAt: { type: DataTypes.DATE, allowNull: false },
    },
    { tableName: 'sessions', updatedAt: false },
  );
}
