import { type CreationOptional, DataTypes, type Sequelize } from 'sequelize';
import type { Row } from './row.ts';

export const sshKeyStates = ['pending', 'installed', 'removing'] as const;
export type SshKeyState = (typeof sshKeyStates)[number];

/** A key that opens a user's machine, or is to. Gone with the hosting. */
export interface SshKey extends Row<SshKey> {
  id: CreationOptional<string>;
  userId: number;
  name: string;
  /** One line, as in an authorized_keys file. */
  publicKey: string;
  /** As `ssh-keygen -l` prints it, e.g. `SHA256:…`. */
  fingerprint: string;
  /** `pending`: still has to reach the machine; `removing`: still has to be taken from it. */
  state: SshKeyState;
  createdAt: CreationOptional<Date>;
}

export function defineSshKey(sequelize: Sequelize) {
  return sequelize.define<SshKey>(
    'SshKey',
    {
      id: { type: DataTypes.UUID, primaryKey: true, defaultValue: DataTypes.UUIDV4 },
      userId: { type: DataTypes.INTEGER, allowNull: false },
      name: { type: DataTypes.TEXT, allowNull: false },
      publicKey: { type: DataTypes.TEXT, allowNull: false },
      fingerprint: { type: DataTypes.TEXT, allowNull: false },
      state: { type: DataTypes.TEXT, allowNull: false },
      createdAt: { type: DataTypes.DATE, allowNull: false },
    },
    { tableName: 'ssh_keys', updatedAt: false },
  );
}
