import { Op, type Sequelize, type Transaction } from 'sequelize';
import { holdLock } from '../db/locks.ts';
import { LastOperatorError } from '../errors.ts';
import { User } from '../models/user.ts';

/**
 * Has whoever may leave fewer operators wait for one another, until the transaction ends: two who take the role from each
 * other at once must not both succeed. Before any row is locked, so that none waits for the other's.
 */
export async function lockOperators(database: Sequelize, transaction: Transaction): Promise<void> {
  await holdLock(database, 'operators', transaction);
}

/** @throws LastOperatorError when nobody would be an operator without this user; within {@link lockOperators} */
export async function refuseLastOperator(userId: number, transaction: Transaction): Promise<void> {
  const isOperator = { role: 'operator' as const };
  const itself = await User.count({ where: { id: userId, ...isOperator }, transaction });
  const others = await User.count({ where: { id: { [Op.ne]: userId }, ...isOperator }, transaction });
  if (itself > 0 && others === 0) throw new LastOperatorError();
}
