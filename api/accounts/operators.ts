import { Op } from 'sequelize';
import { AppError } from '../errors.ts';
import type { Database, Transaction } from '../stores/database.ts';

/**
 * Within the lock `operators`: two who take the role from each other at once must not both succeed.
 * @throws AppError `LAST_OPERATOR` when nobody would be an operator without this user
 */
export async function assertNotLastOperator(
  database: Database,
  userId: number,
  transaction: Transaction,
): Promise<void> {
  const isOperator = { role: 'operator' as const };
  const itself = await database.models.User.count({ where: { id: userId, ...isOperator }, transaction });
  const others = await database.models.User.count({ where: { id: { [Op.ne]: userId }, ...isOperator }, transaction });
  if (itself > 0 && others === 0) throw new AppError('LAST_OPERATOR');
}
