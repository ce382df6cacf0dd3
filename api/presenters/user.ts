import type { User } from '../models/user.ts';

export function presentUser(user: User) {
  const { id, email, username, role } = user;
  return { id, email, username, role, suspended: user.suspendedAt !== null, created_at: user.createdAt.toISOString() };
}
