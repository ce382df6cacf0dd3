import pg from 'pg';
import { Sequelize } from 'sequelize';
import { defineModels, type Models } from '../models/models.ts';

export type { Transaction } from 'sequelize';

/** A pool of connections, and the models on it. */
export class Database extends Sequelize {
  declare readonly models: Models;
}

/**
 * Sequelize (6.37.8) hears of what goes wrong with a connection only a turn after that is there. What came until then, as from a
 * server that shuts down, nobody would hear, and it would end the process. Whoever uses the connection learns of it all the same.
 */
class HeardClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}

/**
 * Opens a pool of connections and defines the models on it. Nothing is asked of the server yet.
 * Every statement is given up after 10 s, and a wait for a free connection too.
 */
export function connectDatabase(url: string): Database {
  const database = new Database(url, {
    dialect: 'postgres',
    dialectModule: { ...pg, Client: HeardClient },
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
