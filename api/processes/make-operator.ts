import { setRole } from '../accounts/administration.ts';
import { systemActor } from '../audit.ts';
import { readApiConfig } from '../config/config.ts';
import { connectDatabase } from '../stores/database.ts';
import { migrate } from '../stores/migrate.ts';
import { exitOnConfigError, exitOnFailure } from './lifecycle.ts';

const config = exitOnConfigError(() => readApiConfig());
const email = process.argv[2]?.toLowerCase() ?? '';

await exitOnFailure(async () => {
  const database = connectDatabase(config.DATABASE_URL);
  try {
    await migrate(database);
    const user = await database.models.User.findOne({ where: { email } });
    if (!user) throw new Error(`Nobody has signed up as ${email}: sign up first, and then run this again.`);
    if (user.suspendedAt) throw new Error(`${email} is suspended: resume the user first.`);
    await setRole(database, { userId: user.id, role: 'operator', actor: systemActor });
    console.log(`${email} is an operator now.`);
  } finally {
    await database.close();
  }
});
