import { type CreationOptional, DataTypes, type Sequelize } from 'sequelize';
import type { Row } from './row.ts';

export const hostingStatuses = [
  'creating',
  'running',
  'asleep',
  'stopped',
  'suspended',
  'updating',
  'deleting',
  'failed',
] as const;
export type HostingStatus = (typeof hostingStatuses)[number];
/** Whether a machine may sleep while nobody uses it. */
export const sleepChoices = ['auto', 'never'] as const;
export type SleepChoice = (typeof sleepChoices)[number];
/** Why a machine sleeps: nobody used it, its memory was found saved, or another needed the room. */
export const sleepReasons = ['idle', 'saved', 'room'] as const;
export type SleepReason = (typeof sleepReasons)[number];

/** A user's site. `failed` means that something of it may still be there: the next create or delete clears it first. */
export interface Hosting extends Row<Hosting> {
  userId: number;
  /** That of its machine; never another's, on no node. */
  machineId: CreationOptional<number>;
  status: HostingStatus;
  vmIp: string;
  sshPort: number;
  /** crypt(3) hash of the one-time password; null where only keys open the machine. */
  sshPasswordHash: string | null;
  /** Hash of another password, which a running machine is about to be given. */
  nextPasswordHash: CreationOptional<string | null>;
  /** Tells the guest a new machine from a restarted one. */
  instanceId: string;
  /** Base64, for the guest's random pool. */
  randomSeed: string;
  /** Whether something of an earlier attempt may still be there. */
  mayHaveLeftovers: CreationOptional<boolean>;
  /** Whether its user wants the machine on; the operator may have stopped it all the same. */
  powered: CreationOptional<boolean>;
  sleep: CreationOptional<SleepChoice>;
  /** Since when its machine sleeps, also while it is being woken; null while it does not. */
  asleepSince: CreationOptional<Date | null>;
  asleepReason: CreationOptional<SleepReason | null>;
  /** Whether the saved memory may have been resumed: never a second time, as the disk has gone on since. */
  imageSpent: CreationOptional<boolean>;
  /** The host that its route was last made for; empty where it was to have none, null where that was never asked. */
  routedHost: CreationOptional<string | null>;
  /** Raised by whatever else its route is made of, when that changes. */
  routeRevision: CreationOptional<number>;
  /** The one that its route was last made for. */
  routedRevision: CreationOptional<number>;
  /** Since when the machine is on; null while it is off. */
  startedAt: CreationOptional<Date | null>;
  createdAt: CreationOptional<Date>;
  updatedAt: CreationOptional<Date>;
}

/** What the row of a machine says of its sleep that does not sleep. */
export const awake = { asleepSince: null, asleepReason: null, imageSpent: false } as const;

export function defineHosting(sequelize: Sequelize) {
  return sequelize.define<Hosting>(
    'Hosting',
    {
      userId: { type: DataTypes.INTEGER, primaryKey: true },
      machineId: { type: DataTypes.INTEGER, allowNull: false, autoIncrement: true },
      status: { type: DataTypes.TEXT, allowNull: false },
      vmIp: { type: DataTypes.INET, allowNull: false },
      sshPort: { type: DataTypes.INTEGER, allowNull: false },
      sshPasswordHash: DataTypes.TEXT,
      nextPasswordHash: DataTypes.TEXT,
      instanceId: { type: DataTypes.UUID, allowNull: false },
      randomSeed: { type: DataTypes.TEXT, allowNull: false },
      mayHaveLeftovers: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false },
      powered: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: true },
      sleep: { type: DataTypes.TEXT, allowNull: false, defaultValue: 'auto' },
      asleepSince: DataTypes.DATE,
      asleepReason: DataTypes.TEXT,
      imageSpent: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false },
      routedHost: DataTypes.TEXT,
      routeRevision: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
      routedRevision: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
      startedAt: DataTypes.DATE,
      createdAt: { type: DataTypes.DATE, allowNull: false },
      updatedAt: { type: DataTypes.DATE, allowNull: false },
    },
    { tableName: 'hostings' },
  );
}
