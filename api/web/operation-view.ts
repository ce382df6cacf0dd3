import { texts } from '../../templates/web/texts.ts';
import type { Language } from '../messages.ts';
import type { OperationData } from './answers.ts';
import { formatDuration, moment, secondsBetween } from './format.ts';

type StepState = 'done' | 'now' | 'waiting' | 'failed';

export interface OperationView {
  id: string;
  kind: string;
  isUnderWay: boolean;
  isFailed: boolean;
  title: string;
  steps: { name: string; label: string; state: StepState; stateText: string }[];
  /** What goes on right now, for who hears the page. */
  now: string;
  /** Seconds since it was asked for, and the same as text. */
  elapsedSeconds: number;
  elapsed: string;
  expectedSeconds: number;
  expected: string;
  progress: number;
  failure: { step: string; reason: string; console: string[] } | null;
}

const stepTexts: Record<StepState, 'stepDone' | 'stepNow' | 'stepWaiting' | 'stepFailed'> = {
  done: 'stepDone',
  now: 'stepNow',
  waiting: 'stepWaiting',
  failed: 'stepFailed',
};

/** An operation as pages show it. All of its steps are there from the beginning, so that nothing moves when one is reached. */
export function viewOperation(operation: OperationData, language: Language): OperationView {
  const { operations: t } = texts[language];
  const sentence = (key: string) => (t as Record<string, string | undefined>)[key] ?? key;
  const { id, kind, state, step, error } = operation;
  const isFailed = state === 'failed';
  const elapsedSeconds = Math.floor(secondsBetween(operation.created_at, operation.ended_at ?? Date.now()));
  return {
    id,
    kind,
    isUnderWay: state === 'queued' || state === 'running',
    isFailed,
    title: sentence(`${isFailed ? 'failed' : 'doing'}_${kind}`),
    steps: operation.steps.map(({ step: name }, index) => {
      const stepState = stateOf(operation, index);
      return { name, label: sentence(`step_${name}`), state: stepState, stateText: t[stepTexts[stepState]] };
    }),
    now: t.now.replace('{step}', sentence(`step_${step}`)),
    elapsedSeconds: Math.max(0, elapsedSeconds),
    elapsed: formatDuration(elapsedSeconds, language),
    expectedSeconds: operation.expected_seconds,
    expected: t.about.replace('{time}', formatDuration(operation.expected_seconds, language)),
    progress: operation.progress,
    failure: error && {
      step: sentence(`step_${step}`),
      reason: (t as Record<string, string | undefined>)[`because_${error.code}`] ?? error.message,
      console: error.console ?? [],
    },
  };
}

/** An operation as one line of a list. */
export function summarizeOperation(operation: OperationData, language: Language) {
  const sentences = texts[language].operations as Record<string, string | undefined>;
  const { id, kind, key_change: keyChange, state, created_at: at, started_at: from, ended_at: to } = operation;
  return {
    id,
    state,
    kindText: sentences[`kind_${kind}_${keyChange}`] ?? sentences[`kind_${kind}`] ?? kind,
    stateText: sentences[`state_${state}`] ?? state,
    created: moment(at),
    took: from && to ? formatDuration(secondsBetween(from, to), language) : '',
  };
}

function stateOf({ state, step, steps }: OperationData, index: number): StepState {
  const reached = steps.findIndex((one) => one.step === step);
  if (state === 'succeeded' || index < reached) return 'done';
  if (index > reached) return 'waiting';
  return state === 'failed' ? 'failed' : 'now';
}
