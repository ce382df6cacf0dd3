// What lists are sorted and searched by that is no column.
import { col, fn, literal } from 'sequelize';

/** Of users, whatever the case. */
export const lowerUsername = fn('lower', col('username'));
/** Of users: those who are suspended come before the others. */
export const isNotSuspended = literal('suspended_at IS NULL');
/** Of hostings: what their user is called, whatever the case. */
export const usernameOfOwner = literal('(SELECT lower(username) FROM users WHERE users.id = "Hosting".user_id)');
/** Of hostings: what needs an operator comes first. */
export const urgency = literal(
  "array_position(ARRAY['failed', 'creating', 'updating', 'deleting', 'suspended', 'running', 'asleep', 'stopped'], status)",
);
/** Of users, as people read it. */
export const readableSiteName = fn('readable_label', col('site_name'));
