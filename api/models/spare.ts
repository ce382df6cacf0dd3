import { type CreationOptional, DataTypes, type Sequelize } from 'sequelize';
import type { Row } from './row.ts';

/**
 * One that a user is given is `claimed`, for as long as their create goes on or may be tried again; then `adopted`, until what its
 * life before left in Pulumi's state is gone.
 */
export const spareStates = ['preparing', 'asleep', 'claimed', 'adopted', 'discarding'] as const;
export type SpareState = (typeof spareStates)[number];

/** A machine that was made before it has a user. */
export interface Spare extends Row<Spare> {
  machineId: CreationOptional<number>;
  state: SpareState;
  vmIp: string;
  sshPort: number;
  /** Tells the guest a new machine from a restarted one. */
  instanceId: string;
  /** Base64, for the guest's random pool. */
  randomSeed: string;
  /** Id of the guest image that it was made from; null before that. */
  image: CreationOptional<string | null>;
  createdAt: CreationOptional<Date>;
  updatedAt: CreationOptional<Date>;
}

export function defineSpare(sequelize: Sequelize) {
  return sequelize.define<Spare>(
    'Spare',
    {
      machineId: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
      state: { type: DataTypes.TEXT, allowNull: false },
      vmIp: { type: DataTypes.INET, allowNull: false },
      sshPort: { type: DataTypes.INTEGER, allowNull: false },
      instanceId: { type: DataTypes.UUID, allowNull: false },
      randomSeed: { type: DataTypes.TEXT, allowNull: false },
      image: DataTypes.TEXT,
      createdAt: { type: DataTypes.DATE, allowNull: false },
      updatedAt: { type: DataTypes.DATE, allowNull: false },
    },
    { tableName: 'spares' },
  );
}
