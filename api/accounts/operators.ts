import { Op, type Transaction } from 'sequelize';
import { AppError } from '../errors.ts';
import { User } from '../models/user.ts';

/**
 * Within the lock `operators`: two who take the role from each other at once must not both succeed.
 * @throws AppError `LAST_OPERATOR` when nobody would be an operator without this user
 */
export async function assertNotLastOperator(userId: number, transaction: Transaction): Promise<void> {
  const isOperator = { role: 'operator' as const };
  const itself = await User.count({ where: { id: userId, ...isOperator }, transaction });
  const others = await User.count({ where: { id: { [Op.ne]: userId }, ...isOperator }, transaction });
  if (itself > 0 && others === 0) throw new AppError('LAST_OPERATOR');
}
