import { type CreationOptional, DataTypes, type Sequelize } from 'sequelize';
import type { Row } from './row.ts';

/** What is done with a user's hosting. */
export const hostingKinds = [
  'create',
  'delete',
  'start',
  'stop',
  'restart',
  'keys',
  'password',
  'suspend',
  'resume',
  'route',
  'sleep',
  'wake',
] as const;
/** What is done with a spare machine, which is nobody's yet. */
export const spareKinds = ['prepare', 'discard'] as const;
export const operationKinds = [...hostingKinds, ...spareKinds] as const;
export const operationStates = ['queued', 'running', 'succeeded', 'failed'] as const;
export const operationSteps = [
  'queued',
  'disk',
  'shutdown',
  'save',
  'wake',
  'boot',
  'route',
  'web',
  'ssh',
  'answer',
  'keys',
  'password',
  'remove',
  'done',
] as const;
/** What an operation of the kind `keys` does with a key. */
export const keyChanges = ['add', 'remove'] as const;
export type KeyChange = (typeof keyChanges)[number];
export type HostingKind = (typeof hostingKinds)[number];
export type SpareKind = (typeof spareKinds)[number];
export type OperationKind = HostingKind | SpareKind;
export type OperationState = (typeof operationStates)[number];
export type OperationStep = (typeof operationSteps)[number];

/** The steps of each kind, in order. */
export const stepsOf: Record<OperationKind, readonly OperationStep[]> = {
  create: ['queued', 'disk', 'boot', 'route', 'web', 'ssh', 'done'],
  delete: ['queued', 'remove', 'done'],
  start: ['queued', 'boot', 'answer', 'done'],
  stop: ['queued', 'shutdown', 'done'],
  restart: ['queued', 'shutdown', 'boot', 'answer', 'done'],
  keys: ['queued', 'keys', 'done'],
  password: ['queued', 'password', 'done'],
  suspend: ['queued', 'shutdown', 'route', 'done'],
  resume: ['queued', 'boot', 'route', 'answer', 'done'],
  route: ['queued', 'route', 'done'],
  sleep: ['queued', 'save', 'done'],
  wake: ['queued', 'wake', 'answer', 'done'],
  prepare: ['queued', 'disk', 'boot', 'answer', 'save', 'done'],
  discard: ['queued', 'remove', 'done'],
};

export interface OperationFailure {
  code: string;
  /** HTTP status for a client that waited. */
  status: number;
  message: string;
  /** Last lines of the VM's console, where the failure was one of booting. */
  console?: string[];
}

/** One change of a hosting, or of a spare machine: a row that outlives processes. */
export interface Operation extends Row<Operation> {
  id: CreationOptional<string>;
  /** Whose hosting it is about; null where it is about a spare machine. */
  userId: CreationOptional<number | null>;
  /** Of the spare machine that it is about. */
  machineId: CreationOptional<number | null>;
  kind: OperationKind;
  /** Set for `keys` only; null in rows that are older than this column. */
  keyChange: CreationOptional<KeyChange | null>;
  state: CreationOptional<OperationState>;
  step: CreationOptional<OperationStep>;
  error: CreationOptional<OperationFailure | null>;
  /** Number of the claim, the fencing token: a worker may write only while this is the number that it was given. */
  attempt: CreationOptional<number>;
  /** How many workers died while they had it in hand, beside whatever else they had. */
  deaths: CreationOptional<number>;
  worker: CreationOptional<string | null>;
  /** Until when the claim holds without being renewed; null where nobody has it, as it was never taken or was given back. */
  leaseUntil: CreationOptional<Date | null>;
  /** Since when it may have the memory of a whole machine; null where it needs none, or waits for it. */
  admittedAt: CreationOptional<Date | null>;
  createdAt: CreationOptional<Date>;
  startedAt: CreationOptional<Date | null>;
  endedAt: CreationOptional<Date | null>;
}

export function isSpareKind(kind: OperationKind): kind is SpareKind {
  return (spareKinds as readonly OperationKind[]).includes(kind);
}

/** Whose hosting an operation is about. @throws Error when it is about a spare machine */
export function userOf({ userId }: Pick<Operation, 'userId'>): number {
  if (userId === null) throw new Error('The operation is about a machine that is nobody’s.');
  return userId;
}

/** What an operation is about, in the words of the audit log. */
export function objectOf({ userId, machineId }: Pick<Operation, 'userId' | 'machineId'>): string {
  return userId === null ? `machine ${machineId}` : `hosting ${userId}`;
}

export function defineOperation(sequelize: Sequelize) {
  return sequelize.define<Operation>(
    'Operation',
    {
      id: { type: DataTypes.UUID, primaryKey: true, defaultValue: DataTypes.UUIDV4 },
      userId: DataTypes.INTEGER,
      machineId: DataTypes.INTEGER,
      kind: { type: DataTypes.TEXT, allowNull: false },
      keyChange: DataTypes.TEXT,
      state: { type: DataTypes.TEXT, allowNull: false, defaultValue: 'queued' },
      step: { type: DataTypes.TEXT, allowNull: false, defaultValue: 'queued' },
      error: DataTypes.JSONB,
      attempt: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
      deaths: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
      worker: DataTypes.TEXT,
      leaseUntil: DataTypes.DATE,
      admittedAt: DataTypes.DATE,
      createdAt: { type: DataTypes.DATE, allowNull: false },
      startedAt: DataTypes.DATE,
      endedAt: DataTypes.DATE,
    },
    { tableName: 'operations', updatedAt: false },
  );
}

/** One step that an operation reached; together they are its progress, in order of `id`. */
export interface OperationEvent extends Row<OperationEvent> {
  id: CreationOptional<string>;
  operationId: string;
  attempt: number;
  state: OperationState;
  step: OperationStep;
  createdAt: CreationOptional<Date>;
}

export function defineOperationEvent(sequelize: Sequelize) {
  return sequelize.define<OperationEvent>(
    'OperationEvent',
    {
      id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
      operationId: { type: DataTypes.UUID, allowNull: false },
      attempt: { type: DataTypes.INTEGER, allowNull: false },
      state: { type: DataTypes.TEXT, allowNull: false },
      step: { type: DataTypes.TEXT, allowNull: false },
      createdAt: { type: DataTypes.DATE, allowNull: false },
    },
    { tableName: 'operation_events', updatedAt: false },
  );
}
