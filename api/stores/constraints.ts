import { UniqueConstraintError } from 'sequelize';

/** Which unique index or primary key of the database a write would have broken; undefined for an error of another kind. */
export function brokenConstraint(error: unknown): string | undefined {
  const { constraint } = (error instanceof UniqueConstraintError ? error.parent : {}) as { constraint?: string };
  return constraint;
}
