/** What running states share: the execution they belong to, and the thread of events in which they follow each other. */
import { LIMITS } from '../../../../functions/contract/limits.ts';
import type { History } from '../history.ts';
import type { HistoryEvent } from '../history-event.ts';
import type { Clock } from './clock.ts';
import { Failure } from './failure.ts';
import type { Catcher, Retrier } from './retries.ts';

export interface State extends Record<string, unknown> {
  Type: string;
  Next?: string;
  End?: boolean;
  Retry?: Retrier[];
  Catch?: Catcher[];
}

export interface Machine {
  StartAt: string;
  States: Readonly<Record<string, State>>;
}

/** Data between states. */
export interface Passed {
  value: unknown;
  json: string;
}

export const passed = (value: unknown): Passed => ({ value, json: JSON.stringify(value) });

/** @throws Failure that nothing catches, when it is more than may pass between states */
export function checkSize({ json }: Passed, what: string, state: string): void {
  // No character has more than three bytes for each of its units.
  if (json.length * 3 <= LIMITS.stateBytes) return;
  const bytes = Buffer.byteLength(json);
  if (bytes <= LIMITS.stateBytes) return;
  const cause = `The ${what} of state '${state}' has ${bytes} bytes, at most ${LIMITS.stateBytes} may pass between states.`;
  throw new Failure('States.DataLimitExceeded', cause, true);
}

/** An execution of a Distributed Map's item. */
export interface Child {
  readonly ended: Promise<void>;
  /** Its output as JSON text; undefined when it has not succeeded. */
  readonly output: string | undefined;
  readonly status: string;
  /** What Step Functions says of it among a Map Run's results. */
  describe(): object;
  abort(): void;
}

export interface ChildPlan {
  mapRunArn: string;
  /** Its item's place in the Map. */
  item: number;
  /** Of the Map, in the names of its children. */
  label: string;
  machine: Machine;
  isExpress: boolean;
  input: Passed;
}

/** Invokes a task's resource; what happens goes into the history of the thread. */
export type Invoke = (task: TaskCall, run: Run, thread: Thread) => Promise<Passed>;

export interface TaskCall {
  resource: string;
  input: Passed;
  timeoutSeconds: number | undefined;
}

export interface Run {
  readonly history: History;
  readonly clock: Clock;
  readonly random: () => number;
  readonly context: { Execution: object; StateMachine: { Id: string; Name: string } };
  readonly invoke: Invoke;
  /** What a Map reads, which stays the same for as long as the execution runs. */
  readObject(mapRunArn: string, bucket: string, key: string): Promise<Uint8Array | undefined>;
  writeObject(bucket: string, key: string, body: Uint8Array): Promise<void>;
  /** Starts it, or finds the one that was started. */
  startChild(plan: ChildPlan): Child;
  /** All events of `work` and all it starts are kept, or nothing of it. */
  atomically<T>(work: () => T): T;
  /** Before anybody else sees something of what has happened: it is kept from here on. */
  commit(): void;
  /** Whether it has stopped without an end, and goes on in another process. */
  isSuspended(): boolean;
  /** State transitions so far. */
  transitions: number;
}

export interface Thread {
  /** Tells it from the other threads of its execution. */
  readonly key: string;
  /** Aborted when what it does is of no use any more. */
  readonly signal: AbortSignal;
  /** Id of its last event, and when that was, in milliseconds since the epoch. */
  last: number;
  lastAt: number;
  /** Type of the state that it is in. */
  stateType: string;
  /** The item of a Map that it runs on. */
  readonly item: { Index: number; Value: unknown } | undefined;
}

/** A state that is being passed, as those see it who do its work. */
export interface Visited {
  readonly run: Run;
  readonly thread: Thread;
  readonly name: string;
  readonly state: State;
  /** What a path goes into: the context object, or the value. @param item the Map's that the context tells of */
  data(value: unknown, item?: Thread['item']): (isContext: boolean) => unknown;
  /** The input as Parameters make it. */
  filled(input: unknown): unknown;
}

/** @param next the state after the one that is left */
export function record(
  { history }: Run,
  thread: Thread,
  type: string,
  details?: object,
  next?: string,
): HistoryEvent {
  thread.signal.throwIfAborted();
  const event = history.add(thread, type, details, next);
  thread.last = event.id;
  thread.lastAt = milliseconds(event);
  return event;
}

/** When it was, since the epoch. */
export const milliseconds = ({ timestamp }: HistoryEvent): number => Math.round(timestamp * 1000);

/** Sleeps so long since the thread's last event, unless the history says that it is over. */
export async function pause({ clock, history }: Run, thread: Thread, ms: number): Promise<void> {
  const turn = history.turn(thread);
  if (turn !== undefined && (await turn) !== undefined) return;
  // No longer than it was meant to be, even where the clock was put back.
  const left = history.isRestored ? Math.min(ms, thread.lastAt + ms - clock.now()) : ms;
  if (left > 0) await clock.sleep(left, thread.signal);
}

/** Adds an event that no other follows: AWS's histories go on from the one before. */
export function note({ history }: Run, thread: Thread, type: string, details?: object): void {
  thread.signal.throwIfAborted();
  history.add(thread, type, details);
}
