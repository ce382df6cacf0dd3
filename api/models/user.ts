import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize';

export const userRoles = ['user', 'operator'] as const;
export type UserRole = (typeof userRoles)[number];

/**
 * Who signed up. The row of a deleted account stays, emptied, so that its id is never given again; queries by the model do
 * not find it.
 */
export class User extends Model<InferAttributes<User>, InferCreationAttributes<User>> {
  declare id: CreationOptional<number>;
  /** Lower case. */
  declare email: string;
  /** What they want to be called; others may be called the same. */
  declare username: string;
  /** Theirs alone; `user-7` where nothing else was found (migration 0006). */
  declare siteName: CreationOptional<string>;
  declare passwordHash: string;
  declare role: CreationOptional<UserRole>;
  /** Since when the operator keeps the account shut. */
  declare suspendedAt: CreationOptional<Date | null>;
  /** In the operator's words, for the user to read. */
  declare suspensionReason: CreationOptional<string | null>;
  declare createdAt: CreationOptional<Date>;
  declare deletedAt: CreationOptional<Date | null>;
}

export function defineUser(sequelize: Sequelize): void {
  User.init(
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
    { sequelize, tableName: 'users', updatedAt: false, paranoid: true },
  );
}
