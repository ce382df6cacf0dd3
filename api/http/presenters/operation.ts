import {
  type OperationEvent,
  type OperationFailure,
  type OperationKind,
  type OperationStep,
  stepsOf,
} from '../../models/operation.ts';
import type { DescribedOperation } from '../../operations/describe-operation.ts';

/** Per cent at the beginning of each step of a create, about in proportion to the time. */
const progressOfCreate: Partial<Record<OperationStep, number>> = {
  queued: 0,
  disk: 10,
  boot: 15,
  route: 20,
  web: 25,
  ssh: 90,
  done: 100,
};

/** Per cent at the beginning of a step. */
function progressAt(kind: OperationKind, step: OperationStep): number {
  const steps = stepsOf[kind];
  const evenly = Math.round((100 * Math.max(0, steps.indexOf(step))) / (steps.length - 1));
  return (kind === 'create' ? progressOfCreate[step] : undefined) ?? evenly;
}

export function presentOperation({ operation, events, expectedSeconds, queue }: DescribedOperation) {
  const { id, kind, keyChange, state, step, error } = operation;
  return {
    id,
    kind,
    key_change: keyChange,
    state,
    step,
    progress: progressAt(kind, step),
    steps: presentSteps(kind, events),
    expected_seconds: expectedSeconds,
    queue,
    error: error ? presentFailure(error) : null,
    created_at: operation.createdAt.toISOString(),
    started_at: operation.startedAt?.toISOString() ?? null,
    ended_at: operation.endedAt?.toISOString() ?? null,
  };
}

/** Every step of the kind, with when it began in the latest attempt. */
function presentSteps(kind: OperationKind, events: OperationEvent[]) {
  const latest = Math.max(0, ...events.map(({ attempt }) => attempt));
  const counted = events.filter(({ attempt, step }) => attempt === latest || step === 'queued');
  return stepsOf[kind].map((step) => ({
    step,
    at: counted.find((event) => event.step === step && event.state !== 'failed')?.createdAt.toISOString() ?? null,
  }));
}

function presentFailure({ code, message, console }: OperationFailure) {
  return { code, message, ...(console && { console }) };
}

/** What a reader of the event stream gets for each step of an operation of this kind. */
export function presentOperationEvent(event: OperationEvent, kind: OperationKind) {
  const { state, step, attempt } = event;
  return { state, step, attempt, progress: progressAt(kind, step), at: event.createdAt.toISOString() };
}
