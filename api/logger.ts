import { type DestinationStream, pino, type Logger } from 'pino';

export type { Logger } from 'pino';

/** Places of a log entry where a secret could stand by mistake. */
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
  const hooks = { streamWrite: escapeControls };
  return pino({ level, base: { part }, redact, hooks, serializers: { err: withoutValues } }, destination);
}

/** JSON leaves these as they are, but terminals and editors take them for commands or the end of a line. */
function escapeControls(line: string): string {
  return line.replace(/[\u007f-\u009f\u2028\u2029]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Errors of the database carry the statement's values, which are hashes and seeds; only these parts are logged. */
function withoutValues(error: Error): object {
  const { type, message, stack, code } = pino.stdSerializers.err(error) as Record<string, unknown>;
  return { type, message, stack, code };
}
