import { type CreationOptional, DataTypes, type Sequelize } from 'sequelize';
import type { Row } from './row.ts';

/** The certificate of a host, or that there is to be one. */
export interface Certificate extends Row<Certificate> {
  /** In lower case; `*.` and a domain for one of all hosts right below it. */
  host: string;
  /** Whose site is there; null of the service's own. */
  userId: number | null;
  /** PEM of the certificate and those above it; null as long as there is none, and so are the next two. */
  chain: CreationOptional<string | null>;
  notBefore: CreationOptional<Date | null>;
  notAfter: CreationOptional<Date | null>;
  /** PEM of the private key, as `api/certificates/seal.ts` closes it for this host; null too once the certificate has lapsed. */
  sealedKey: CreationOptional<string | null>;
  /** Attempts that failed since the last one that did not. */
  failures: CreationOptional<number>;
  /** When it is ordered, renewed or tried again. */
  nextAttemptAt: CreationOptional<Date>;
  /** Why the last attempt failed, like `rateLimited`, or why there was none yet (`userLimit`); null when neither is so. */
  problemCode: CreationOptional<string | null>;
  /** In the authority's own words. */
  problemDetail: CreationOptional<string | null>;
  /** Since when it is kept only should its user come back to the host; null while the host is to have it. */
  unwantedSince: CreationOptional<Date | null>;
  createdAt: CreationOptional<Date>;
  updatedAt: CreationOptional<Date>;
}

/** Our account with an authority. */
export interface AcmeAccount extends Row<AcmeAccount> {
  /** URL of the authority's directory. */
  directory: string;
  /** PEM of the private key, as `api/certificates/seal.ts` closes it for this directory. */
  sealedKey: string;
  /** Null until the authority knows the account. */
  url: CreationOptional<string | null>;
  /** Attempts that failed, whatever the host, since the last one that did not. */
  failures: CreationOptional<number>;
  /** Not before this is anything asked of the authority. */
  nextAttemptAt: CreationOptional<Date>;
  problemCode: CreationOptional<string | null>;
  problemDetail: CreationOptional<string | null>;
  /** Whose turn it is to order. */
  worker: CreationOptional<string | null>;
  leaseUntil: CreationOptional<Date | null>;
  createdAt: CreationOptional<Date>;
  updatedAt: CreationOptional<Date>;
}

/** What the next attempt depends on, and what is told of the last. */
const attempts = {
  failures: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
  nextAttemptAt: { type: DataTypes.DATE, allowNull: false, defaultValue: DataTypes.NOW },
  problemCode: DataTypes.TEXT,
  problemDetail: DataTypes.TEXT,
  createdAt: { type: DataTypes.DATE, allowNull: false },
  updatedAt: { type: DataTypes.DATE, allowNull: false },
};

export function defineCertificate(sequelize: Sequelize) {
  return sequelize.define<Certificate>(
    'Certificate',
    {
      host: { type: DataTypes.TEXT, primaryKey: true },
      userId: DataTypes.INTEGER,
      chain: DataTypes.TEXT,
      notBefore: DataTypes.DATE,
      notAfter: DataTypes.DATE,
      sealedKey: DataTypes.TEXT,
      unwantedSince: DataTypes.DATE,
      ...attempts,
    },
    { tableName: 'certificates' },
  );
}

export function defineAcmeAccount(sequelize: Sequelize) {
  return sequelize.define<AcmeAccount>(
    'AcmeAccount',
    {
      directory: { type: DataTypes.TEXT, primaryKey: true },
      sealedKey: { type: DataTypes.TEXT, allowNull: false },
      url: DataTypes.TEXT,
      ...attempts,
      worker: DataTypes.TEXT,
      leaseUntil: DataTypes.DATE,
    },
    { tableName: 'acme_accounts' },
  );
}
