import type { Database } from '../../../api/stores/database.ts';
import { type MachineNames, machineNames } from '../../../programs/names.ts';

/** Names of the machine that a user has. */
export async function machineOf(database: Database, userId: number): Promise<MachineNames> {
  const { machineId } = await database.models.Hosting.findByPk(userId, { rejectOnEmpty: true });
  return machineNames(machineId);
}
