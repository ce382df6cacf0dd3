import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize';

export const sshKeyStates = ['pending', 'installed', 'removing'] as const;
export type SshKeyState = (typeof sshKeyStates)[number];

/** A key that opens a user's machine, or is to. Gone with the hosting. */
export class SshKey extends Model<InferAttributes<SshKey>, InferCreationAttributes<SshKey>> {
  declare id: CreationOptional<string>;
  declare userId: number;
  declare name: string;
  /** One line, as in an authorized_keys file. */
  declare publicKey: string;
  /** As `ssh-keygen -l` prints it, e.g. `SHA256:…`. */
  declare fingerprint: string;
  /** `pending`: still has to reach the machine; `removing`: still has to be taken from it. */
  declare state: SshKeyState;
  declare createdAt: CreationOptional<Date>;
}

export function defineSshKey(sequelize: Sequelize): void {
  SshKey.init(
    {
      id: { type: DataTypes.UUID, primaryKey: true, defaultValue: DataTypes.UUIDV4 },
      userId: { type: DataTypes.INTEGER, allowNull: false },
      name: { type: DataTypes.TEXT, allowNull: false },
      publicKey: { type: DataTypes.TEXT, allowNull: false },
      fingerprint: { type: DataTypes.TEXT, allowNull: false },
      state: { type: DataTypes.TEXT, allowNull: false },
      createdAt: { type: DataTypes.DATE, allowNull: false },
    },
    { sequelize, tableName: 'ssh_keys', updatedAt: false },
  );
}
