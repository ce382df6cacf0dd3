import { Sequelize } from 'sequelize';
import { defineAuditEvent } from '../models/audit-event.ts';
import { defineHosting } from '../models/hosting.ts';
import { defineOperation, defineOperationEvent } from '../models/operation.ts';
import { defineSession } from '../models/session.ts';
import { defineSshKey } from '../models/ssh-key.ts';
import { defineUser } from '../models/user.ts';

/**
 * Opens a pool of connections and defines the models on it. Nothing is asked of the server yet.
 * Every statement is given up after 10 s, and a wait for a free connection too.
 */
export function connectDatabase(url: string): Sequelize {
  const database = new Sequelize(url, {
    dialect: 'postgres',
    logging: false,
    define: { underscored: true },
    pool: { max: 10, acquire: 10_000 },
    dialectOptions: {
      statement_timeout: 10_000,
      connectionTimeoutMillis: 5_000,
      idle_in_transaction_session_timeout: 30_000,
    },
  });
  defineUser(database);
  defineSession(database);
  defineHosting(database);
  defineSshKey(database);
  defineOperation(database);
  defineOperationEvent(database);
  defineAuditEvent(database);
  return database;
}
