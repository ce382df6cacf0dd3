import type { EngineEvent } from '@pulumi/pulumi/automation/index.js';
import { DeploymentFailedError, SiteRefusedError, StackError, StoppedError } from './errors.ts';

/** The engine's complaint in an event, if it is one. */
export function complaintOf(event: EngineEvent): string | undefined {
  const diagnostic = event.diagnosticEvent;
  return diagnostic?.severity === 'error' ? diagnostic.message.trim() : undefined;
}

/** What the engine said, for the log: its diagnostics, or else what the CLI printed. Passwords in addresses are taken out. */
export function engineError(error: unknown, complaints: string[] = []): Error {
  const words = complaints.length > 0 ? complaints.join('\n') : String(error);
  return new Error(words.replace(/(\w+:\/\/[^:@/\s]*):[^@/\s]*@/g, '$1:…@'));
}

/** How a run of the engine ended that went wrong. */
export interface RunFailure {
  signal: AbortSignal;
  /** What the place that it was about makes of the engine's words; null where it was not the place. */
  errorOf: (cause: Error) => Promise<StackError | null>;
  complaints?: string[];
}

/**
 * Names what went wrong in a run of the engine. The engine's own words go into the cause: they may tell of the
 * operator's machine, which is not the client's business.
 */
export async function asStackError(error: unknown, { signal, errorOf, complaints }: RunFailure): Promise<StackError> {
  if (error instanceof StackError) return error;
  const cause = engineError(error, complaints);
  if (signal.aborted) return new StoppedError({ message: 'The work was stopped.', cause });
  if (cause.message.includes('The proxy refused the site: '))
    return new SiteRefusedError({
      message: 'The proxy refused the site. The operator finds its words in the log.',
      cause,
    });
  const message = 'The hosting could not be put together. The operator finds the reason in the log.';
  return (await errorOf(cause)) ?? new DeploymentFailedError({ message, cause });
}
