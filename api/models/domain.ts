import { type CreationOptional, DataTypes, type Sequelize } from 'sequelize';
import type { Row } from './row.ts';

export const domainStates = ['unproven', 'active', 'lapsing', 'released'] as const;
/**
 * `unproven`: not seen yet that it is the user's and leads here; `active`: proven, and served; `lapsing`: still served, and let go
 * unless the proof comes back; `released`: let go, and kept only to say so.
 */
export type DomainState = (typeof domainStates)[number];
/** In these a domain is one user's alone, and leads to their site. */
export const heldStates = ['active', 'lapsing'] as const satisfies DomainState[];

export const missingCodes = [
  'no_such_name',
  'points_elsewhere',
  'no_record',
  'other_record',
  'taken',
  'not_reached',
  'dns_silent',
  'server_unknown',
] as const;
export type MissingCode = (typeof missingCodes)[number];

/** Something that a domain lacks, with what was found instead: addresses, texts of records, or how an attempt failed. */
export interface Missing {
  code: MissingCode;
  found: string[];
}

/** What a look at a domain has found. */
export interface Findings {
  /** Nothing, when it is proven. */
  missing: Missing[];
  /** Where it has to lead: this server, as far as its names tell. */
  serverAddresses: string[];
}

/** A domain that a user says is theirs. It stays when their hosting is deleted, and goes with their account. */
export interface Domain extends Row<Domain> {
  id: CreationOptional<string>;
  userId: number;
  /** In ASCII and lower case (api/domains/domain-name.ts). */
  name: string;
  /** Of letters, digits, `-` and `_`; the user shows it in the DNS. */
  token: string;
  state: CreationOptional<DomainState>;
  /** Of the latest look; null before the first. */
  findings: CreationOptional<Findings | null>;
  checkedAt: CreationOptional<Date | null>;
  /** When it is looked at next; null where only its user asks for it. */
  nextCheckAt: CreationOptional<Date | null>;
  /** Since when the DNS has told, each time that it told anything, that the proof is gone. */
  goneSince: CreationOptional<Date | null>;
  /** When it was looked at last while many were gone at once (`countDomains`). */
  sparedAt: CreationOptional<Date | null>;
  releasedAt: CreationOptional<Date | null>;
  createdAt: CreationOptional<Date>;
}

export function defineDomain(sequelize: Sequelize) {
  return sequelize.define<Domain>(
    'Domain',
    {
      id: { type: DataTypes.UUID, primaryKey: true, defaultValue: DataTypes.UUIDV4 },
      userId: { type: DataTypes.INTEGER, allowNull: false },
      name: { type: DataTypes.TEXT, allowNull: false },
      token: { type: DataTypes.TEXT, allowNull: false },
      state: { type: DataTypes.TEXT, allowNull: false, defaultValue: 'unproven' },
      findings: DataTypes.JSONB,
      checkedAt: DataTypes.DATE,
      nextCheckAt: DataTypes.DATE,
      goneSince: DataTypes.DATE,
      sparedAt: DataTypes.DATE,
      releasedAt: DataTypes.DATE,
      createdAt: { type: DataTypes.DATE, allowNull: false },
    },
    { tableName: 'domains', updatedAt: false },
  );
}
