import { type CreationOptional, DataTypes, type Sequelize } from 'sequelize';
import type { Row } from './row.ts';

export const userRoles = ['user', 'operator'] as const;
export type UserRole = (typeof userRoles)[number];

/** Highest id of a user: that of eight digits. */
export const maxUserId = 99_999_999;

/**
 * Who signed up. The row of a deleted account stays, emptied, so that its id is never given again; queries by the model do
 * not find it.
 */
export interface User extends Row<User> {
  id: CreationOptional<number>;
  /** Lower case. */
  email: string;
  /** What they want to be called; others may be called the same. */
  username: string;
  /** Theirs alone, as the label of a host (`xn--…` for one in Hangul); `user-7` where nothing else was found (migration 0006). */
  siteName: CreationOptional<string>;
  passwordHash: string;
  role: CreationOptional<UserRole>;
  /** Since when the operator keeps the account shut. */
  suspendedAt: CreationOptional<Date | null>;
  /** In the operator's words, for the user to read. */
  suspensionReason: CreationOptional<string | null>;
  createdAt: CreationOptional<Date>;
  deletedAt: CreationOptional<Date | null>;
}

export function defineUser(sequelize: Sequelize) {
  return sequelize.define<User>(
    'User',
    {
      id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
      email: { type: DataTypes.TEXT, allowNull: false },
      username: { type: DataTypes.TEXT, allowNull: false },
      siteName: DataTypes.TEXT,
      passwordHash: { type: DataTypes.TEXT, allowNull: false },
      role: { type: DataTypes.TEXT, allowNull: false, defaultValue: 'user' },
      suspendedAt: DataTypes.DATE,
      suspensionReason: DataTypes.TEXT,
      createdAt: { type: DataTypes.DATE, allowNull: false },
      deletedAt: DataTypes.DATE,
    },
    { tableName: 'users', updatedAt: false, paranoid: true },
  );
}
