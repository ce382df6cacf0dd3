import { Sequelize } from 'sequelize';
import { defineModels, type Models } from '../models/models.ts';

export type { Transaction } from 'sequelize';

/** A pool of connections, and the models on it. */
export class Database extends Sequelize {
  declare readonly models: Models;
}

/**
 * Opens a pool of connections and defines the models on it. Nothing is asked of the server yet.
 * Every statement is given up after 10 s, and a wait for a free connection too.
 */
export function connectDatabase(url: string): Database {
  const database = new Database(url, {
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
  defineModels(database);
  return database;
}
