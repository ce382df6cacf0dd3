import { Op } from 'sequelize';
import { NotFoundError } from '../errors.ts';
import { Hosting } from '../models/hosting.ts';
import { Session } from '../models/session.ts';
import { SshKey } from '../models/ssh-key.ts';
import { User } from '../models/user.ts';

/** All that an operator sees of a user. */
export interface UserReport {
  user: User;
  hosting: Hosting | null;
  keys: SshKey[];
  /** Those that go on, the one used last first. */
  sessions: Session[];
}

/** @throws NotFoundError, also when the account is deleted */
export async function readUser(userId: number): Promise<UserReport> {
  const [user, hosting, keys, sessions] = await Promise.all([
    User.findByPk(userId),
    Hosting.findByPk(userId),
    SshKey.findAll({ where: { userId }, order: [['createdAt', 'ASC']] }),
    Session.findAll({ where: { userId, expiresAt: { [Op.gt]: new Date() } }, order: [['lastUsedAt', 'DESC']] }),
  ]);
  if (!user) throw new NotFoundError('USER_NOT_FOUND');
  return { user, hosting, keys, sessions };
}
