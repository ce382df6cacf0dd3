import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize';

/** One log-in of a user, for as long as it is refreshed. Its tokens are worth nothing once this row is gone. */
export class Session extends Model<InferAttributes<Session>, InferCreationAttributes<Session>> {
  declare id: string;
  declare userId: number;
  /** Digest of the one refresh token that was not used yet. */
  declare refreshHash: string;
  /** Whether the user chose to stay logged in; if not, the session is a short one. */
  declare stays: CreationOptional<boolean>;
  /** From where the user logged in. */
  declare clientAddress: string | null;
  declare createdAt: CreationOptional<Date>;
  /** When it was last refreshed, or a page was asked for. */
  declare lastUsedAt: Date;
  declare expiresAt: Date;
}

export function defineSession(sequelize: Sequelize): void {
  Session.init(
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
    { sequelize, tableName: 'sessions', updatedAt: false },
  );
}
