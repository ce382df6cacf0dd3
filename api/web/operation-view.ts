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
  /** Whether visitors see the site meanwhile. */
  keepsSite: boolean;
  title: string;
  steps: { name: string; label: string; state: StepState; stateText: string }[];
  /** What goes on right now, for screen readers. */
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

const keepingSite: OperationData['kind'][] = ['keys', 'password', 'sleep'];

/** An operation as pages show it. All of its steps are there from the beginning, so that nothing moves when one is reached. */
export function viewOperation(operation: OperationData, language: Language): OperationView {
  const { operations: t } = texts[language];
  const sentence = (key: string) => (t as Record<string, string | undefined>)[key] ?? key;
  const { id, kind, state, step, error, queue } = operation;
  const isFailed = state === 'failed';
  const expectedSeconds = expectedOf(operation);
  const elapsedSeconds = Math.floor(secondsBetween(operation.created_at, operation.ended_at ?? Date.now()));
  return {
    id,
    kind,
    isUnderWay: state === 'queued' || state === 'running',
    isFailed,
    keepsSite: keepingSite.includes(kind),
    title: sentence(`${isFailed ? 'failed' : 'doing'}_${kind}`),
    steps: operation.steps.map(({ step: name }, index) => {
      const stepState = stateOf(operation, index);
      return { name, label: sentence(`step_${name}`), state: stepState, stateText: t[stepTexts[stepState]] };
    }),
    now: queue ? placeText(queue, language) : t.now.replace('{step}', sentence(`step_${step}`)),
    elapsedSeconds: Math.max(0, elapsedSeconds),
    elapsed: formatDuration(elapsedSeconds, language),
    expectedSeconds,
    expected: expectedText(expectedSeconds, { queue, language }),
    progress: operation.progress,
    failure: error && {
      step: sentence(`step_${step}`),
      reason: (t as Record<string, string | undefined>)[`because_${error.code}`] ?? error.message,
      console: error.console ?? [],
    },
  };
}

/** Time from the request to the end, with the wait for its turn. */
function expectedOf({ expected_seconds: itself, queue, created_at: asked, started_at: begun }: OperationData): number {
  const waited = begun ? secondsBetween(asked, begun) : secondsBetween(asked, Date.now()) + (queue?.seconds ?? 0);
  return Math.max(1, Math.round(Math.max(0, waited) + itself));
}

/** In one line, so that nothing moves when its turn comes. */
function expectedText(
  seconds: number,
  { queue, language }: { queue: OperationData['queue']; language: Language },
): string {
  const { operations: t } = texts[language];
  const about = t.about.replace('{time}', formatDuration(seconds, language));
  return queue && queue.ahead > 0 ? `${about} · ${t.before.replace('{count}', String(queue.ahead))}` : about;
}

function placeText({ ahead }: NonNullable<OperationData['queue']>, language: Language): string {
  const { operations: t } = texts[language];
  return ahead === 0 ? t.isNext : t.ahead.replace('{count}', String(ahead));
}

/** An operation in a list, with how often it was tried to no avail. */
export type Repeated<One extends OperationData> = One & { times: number };

/** Joins neighbours of a list, newest first, that failed in the same way. */
export function withoutRepeats<One extends OperationData & { user_id?: number }>(operations: One[]): Repeated<One>[] {
  const lines: Repeated<One>[] = [];
  for (const operation of operations) {
    const line = lines.at(-1);
    if (line && isRepeat(line, operation)) line.times += 1;
    else lines.push({ ...operation, times: 1 });
  }
  return lines;
}

function isRepeat<One extends OperationData & { user_id?: number }>(one: One, other: One): boolean {
  const sameFailure = one.state === 'failed' && other.state === 'failed' && one.error?.code === other.error?.code;
  return sameFailure && one.kind === other.kind && one.user_id === other.user_id;
}

/** An operation as one line of a list. */
export function summarizeOperation(operation: Repeated<OperationData>, language: Language) {
  const sentences = texts[language].operations as Record<string, string | undefined>;
  const { id, kind, key_change: keyChange, state, times, created_at: at, started_at: from, ended_at: to } = operation;
  return {
    id,
    state,
    times,
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
