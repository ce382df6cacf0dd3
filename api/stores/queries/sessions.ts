import type { Session } from '../../models/session.ts';
import type { User } from '../../models/user.ts';
import type { Database } from '../database.ts';
import { type ShownHosting, ShownHostings } from './hostings.ts';
import { Joined, type JoinedRow, madeOnce } from './joined.ts';
import { selectPrepared } from './select.ts';

/** What calls need of the log-in by which they come. Each column more costs each call. */
export type BearerSession = Pick<Session, 'id' | 'destroy'>;

/** Who asks, and by which log-in. */
export interface Bearer {
  session: BearerSession;
  user: User;
}

/** The same with the user's hosting; null where there is none. */
export interface Owner extends Bearer {
  own: ShownHosting | null;
}

/** What a token says: whose it is, and of which session. */
interface Claimed {
  sessionId: string;
  userId: number;
}

const goesOn = `sessions.id = $1 AND sessions.user_id = $2 AND sessions.expires_at > now() AND users.deleted_at IS NULL`;

const statements = madeOnce((models) => {
  const [sessions, users] = [
    new Joined<Session, BearerSession>(models.Session, 'sessions', ['id']),
    new Joined(models.User, 'users'),
  ];
  const hostings = new ShownHostings(models);
  const columns = `${sessions.columns}, ${users.columns}`;
  const tables = 'sessions JOIN users ON users.id = sessions.user_id';
  return {
    bearer: { name: 'bearer', text: `SELECT ${columns} FROM ${tables} WHERE ${goesOn}` },
    owner: {
      name: 'owner',
      text: `SELECT ${columns}, ${hostings.columns} FROM ${tables}
        LEFT JOIN hostings ON hostings.user_id = users.id ${hostings.join} WHERE ${goesOn}`,
    },
    bearerOf: (row: JoinedRow): Bearer => ({ session: sessions.of(row), user: users.of(row) }),
    hostings,
  };
});

/** A session that goes on, with its user; in one question, as every call begins with it. */
export async function findBearer(database: Database, { sessionId, userId }: Claimed): Promise<Bearer | undefined> {
  const { bearer, bearerOf } = statements(database);
  const [row] = await selectPrepared<JoinedRow>(database, bearer, [sessionId, userId]);
  return row && bearerOf(row);
}

/** The same with the user's hosting, in one question too. */
export async function findOwner(database: Database, { sessionId, userId }: Claimed): Promise<Owner | undefined> {
  const { owner, bearerOf, hostings } = statements(database);
  const [row] = await selectPrepared<JoinedRow>(database, owner, [sessionId, userId]);
  return row && { ...bearerOf(row), own: hostings.of(row) };
}
