import type { User } from '../models/user.ts';

export function presentUser(user: User) {
  return { id: user.id, email: user.email, username: user.username, created_at: user.createdAt.toISOString() };
}
