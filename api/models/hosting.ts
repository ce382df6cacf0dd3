import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize';

export const hostingStatuses = [
  'creating',
  'running',
  'stopped',
  'suspended',
  'updating',
  'deleting',
  'failed',
] as const;
export type HostingStatus = (typeof hostingStatuses)[number];

/** A user's site. `failed` means that something of it may still be there: the next create or delete clears it first. */
export class Hosting extends Model<InferAttributes<Hosting>, InferCreationAttributes<Hosting>> {
  declare userId: number;
  declare status: HostingStatus;
  declare vmIp: string;
  declare sshPort: number;
  /** crypt(3) hash of the one-time password; null where only keys open the machine. */
  declare sshPasswordHash: string | null;
  /** Hash of another password, which a running machine is about to be given. */
  declare nextPasswordHash: CreationOptional<string | null>;
  /** Tells the guest a new machine from a restarted one. */
  declare instanceId: string;
  /** Base64, for the guest's random pool. */
  declare randomSeed: string;
  /** Whether something of an earlier attempt may still be there. */
  declare mayHaveLeftovers: CreationOptional<boolean>;
  /** Whether its user wants the machine on; the operator may have stopped it all the same. */
  declare powered: CreationOptional<boolean>;
  /** Since when the machine is on; null while it is off. */
  declare startedAt: CreationOptional<Date | null>;
  declare createdAt: CreationOptional<Date>;
  declare updatedAt: CreationOptional<Date>;
}

export function defineHosting(sequelize: Sequelize): void {
  Hosting.init(
    {
      userId: { type: DataTypes.INTEGER, primaryKey: true },
      status: { type: DataTypes.TEXT, allowNull: false },
      vmIp: { type: DataTypes.INET, allowNull: false },
      sshPort: { type: DataTypes.INTEGER, allowNull: false },
      sshPasswordHash: DataTypes.TEXT,
      nextPasswordHash: DataTypes.TEXT,
      instanceId: { type: DataTypes.UUID, allowNull: false },
      randomSeed: { type: DataTypes.TEXT, allowNull: false },
      mayHaveLeftovers: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false },
      powered: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: true },
      startedAt: DataTypes.DATE,
      createdAt: { type: DataTypes.DATE, allowNull: false },
      updatedAt: { type: DataTypes.DATE, allowNull: false },
    },
    { sequelize, tableName: 'hostings' },
  );
}
