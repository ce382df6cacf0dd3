import type { EngineEvent } from '@pulumi/pulumi/automation/index.js';
import {
  BaseImageMissingError,
  DeploymentFailedError,
  LibvirtUnavailableError,
  SiteRefusedError,
  StackError,
  StoppedError,
} from './errors.ts';

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

/**
 * Names what went wrong in a run of the engine. The engine's own words go into the cause: they may tell of the
 * operator's machine, which is not the client's business.
 */
export function asStackError(error: unknown, signal: AbortSignal, complaints: string[] = []): StackError {
  if (error instanceof StackError) return error;
  const cause = engineError(error, complaints);
  if (signal.aborted) return new StoppedError({ message: 'The work was stopped.', cause });
  const words = cause.message;
  const refusal = /The proxy refused the site: .*/.exec(words);
  if (refusal)
    return new SiteRefusedError({
      message: 'The proxy refused the site. The operator finds its words in the log.',
      cause,
    });
  if (/failed to connect|libvirt-sock|error connecting to libvirt/i.test(words)) {
    return new LibvirtUnavailableError({ message: 'libvirt cannot be reached. Start libvirtd on the node.', cause });
  }
  if (/can't retrieve base volume|base volume .* not found/i.test(words)) {
    return new BaseImageMissingError({
      message:
        'The base image is missing on the node. Run scripts/docker-start.sh, or without containers scripts/node/prepare-node.sh.',
      cause,
    });
  }
  return new DeploymentFailedError({
    message: 'The hosting could not be put together. The operator finds the reason in the log.',
    cause,
  });
}
