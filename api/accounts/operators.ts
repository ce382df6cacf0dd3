import { Op, type Sequelize, type Transaction } from 'sequelize';
import { LastOperatorError } from '../errors.ts';
import { User } from '../models/user.ts';

// Names a lock of ours among all advisory locks of the database; any number will do.
const operatorsLock = 7_201_002;

/**
 * Has whoever may leave fewer operators wait for one another, until the transaction ends: two who take the role from each
 * other at once must not both succeed. Before any row is locked, so that none waits for the other's.
 */
export async function lockOperators(database: Sequelize, transaction: Transaction): Promise<void> {
  await database.query('SELECT pg_advisory_xact_lock($1)', { bind: [operatorsLock], transaction });
}

/** @throws LastOperatorError when nobody would be an operator without this user; within {@link lockOperators} */
export async function refuseLastOperator(userId: number, transaction: Transaction): Promise<void> {
  const isOperator = { role: 'operator' as const };
  const itself = await User.count({ where: { id: userId, ...isOperator }, transaction });
  const others = await User.count({ where: { id: { [Op.ne]: userId }, ...isOperator }, transaction });
  if (itself > 0 && others === 0) throw new LastOperatorError();
}
