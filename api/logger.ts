import { type DestinationStream, pino, type Logger } from 'pino';

export type { Logger } from 'pino';

/** Where a secret could come from in what is logged; none of them is meant to be there at all. */
const secretPaths = [
  'password',
  'current_password',
  'new_password',
  'ssh_password',
  'authorization',
  'token',
  'access_token',
  'refresh_token',
];

/** Logs lines of JSON, to standard output unless told otherwise. */
export function createLogger(level: string, part: string, destination?: DestinationStream): Logger {
  const redact = { paths: secretPaths.flatMap((path) => [path, `*.${path}`]), censor: '[secret]' };
  return pino({ level, base: { part }, redact, serializers: { err: withoutValues } }, destination);
}

/** Errors of the database carry the statement's values, which are hashes and seeds; only these parts are logged. */
function withoutValues(error: Error): object {
  const { type, message, stack, code } = pino.stdSerializers.err(error) as Record<string, unknown>;
  return { type, message, stack, code };
}
