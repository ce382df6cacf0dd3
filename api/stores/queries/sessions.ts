import type { CreationAttributes, Model, ModelStatic } from 'sequelize';
import type { Session } from '../../models/session.ts';
import type { User } from '../../models/user.ts';
import type { Database } from '../database.ts';
import { select } from './select.ts';

/** Who asks, and by which log-in. */
export interface Bearer {
  session: Session;
  user: User;
}

/** A session that goes on, with its user; in one question, as every call begins with it. */
export async function findBearer(
  database: Database,
  { sessionId, userId }: { sessionId: string; userId: number },
): Promise<Bearer | undefined> {
  const { Session, User } = database.models;
  const sql = `SELECT ${columnsOf(Session, 'sessions')}, ${columnsOf(User, 'users')} FROM sessions JOIN users ON users.id = sessions.user_id
    WHERE sessions.id = $1 AND sessions.user_id = $2 AND sessions.expires_at > now() AND users.deleted_at IS NULL`;
  const [row] = await select<Record<string, unknown>>(database, sql, [sessionId, userId]);
  return row && { session: rowOf(Session, 'sessions', row), user: rowOf(User, 'users', row) };
}

/** All columns of a table, with its name before theirs. */
function columnsOf<T extends Model>(model: ModelStatic<T>, table: string): string {
  const columns = Object.entries(model.getAttributes());
  return columns.map(([name, { field = name }]) => `${table}.${field} AS "${table}.${name}"`).join(', ');
}

/** A row of one of several tables in an answer, as the model's own queries give it. */
function rowOf<T extends Model>(model: ModelStatic<T>, table: string, row: Record<string, unknown>): T {
  const values = Object.keys(model.getAttributes()).map((name) => [name, row[`${table}.${name}`]]);
  return model.build(Object.fromEntries(values) as CreationAttributes<T>, { isNewRecord: false, raw: true });
}
