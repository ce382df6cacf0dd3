import { readableSiteName } from '../../accounts/site-name-rules.ts';
import type { User } from '../../models/user.ts';

export function presentUser(user: User) {
  const { id, email, username, siteName, role } = user;
  return {
    id,
    email,
    username,
    site_name: readableSiteName(siteName),
    role,
    suspended: user.suspendedAt !== null,
    created_at: user.createdAt.toISOString(),
  };
}
