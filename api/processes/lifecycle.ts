import { ConfigError } from '../config/config.ts';

/** Reads the configuration; when it is wrong, says so in sentences instead of a stack trace, and ends the process. */
export function exitOnConfigError<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}

/** Does the work of a command; when it fails, says why in a few lines, and ends the process. */
export async function exitOnFailure(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { message, cause } = error as Error;
    console.error(cause instanceof Error ? `${message}\n${cause.message}` : message);
    process.exit(1);
  }
}

/** Ends the process in good order on SIGTERM and SIGINT, and anyhow after 15 s. */
export function onStopSignal(stop: () => Promise<unknown>): void {
  let stopping = false;
  const onSignal = () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), 15_000).unref();
    void stop().then(() => process.exit(0));
  };
  // To stay: libraries that run commands end this process where nobody else listens (signal-exit, of execa and Pulumi).
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}
