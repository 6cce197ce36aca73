/**
 * Map in distributed mode: each item is an execution of its own, with a history and limits of its own ("Map state in
 * Distributed mode", AWS Step Functions Developer Guide).
 */
import { createHash } from 'node:crypto';
import type { HistoryEvent } from '../history-event.ts';
import { Failure } from './failure.ts';
import { type Item, itemsOf, limitOf, selected } from './items.ts';
import { ResultWriter } from './result-writer.ts';
import { type Child, checkSize, type Machine, note, type Passed, record, type Visited } from './run.ts';
import { fill } from './templates.ts';

/** Children at a time where the state does not say. */
const MOST_AT_ONCE = 10_000;
const EXCEEDED = new Failure(
  'States.ExceedToleratedFailureThreshold',
  'The specified tolerated failure threshold was exceeded',
);

interface Processor extends Machine {
  ProcessorConfig: { ExecutionType?: string };
}

export async function runMapRun(visit: Visited, input: unknown): Promise<Passed> {
  const { run, thread, name, state } = visit;
  const isReading = state.ItemReader !== undefined;
  const own = isReading ? [] : itemsOf(visit, input);
  const width = limitOf(visit, input, 'MaxConcurrency') || MOST_AT_ONCE;
  record(run, thread, 'MapStateStarted', { length: own.length });
  const tolerance = new Tolerance(visit, input);
  const { Id } = run.context.StateMachine;
  const label = String(state.Label ?? labelOf(`${Id}/${name}`));
  const newArn = `${Id.replace(':stateMachine:', ':mapRun:')}/${label}:${crypto.randomUUID()}`;
  const started = record(run, thread, 'MapRunStarted', { mapRunArn: newArn });
  const { mapRunArn } = started.mapRunStartedEventDetails as { mapRunArn: string };
  try {
    const turn = run.history.turn(thread);
    if (turn !== undefined) repeatFailure(await turn);
    const writer = state.ResultWriter === undefined ? undefined : new ResultWriter(visit, input, mapRunArn);
    const items = isReading ? await read(visit, input, mapRunArn) : own;
    const machine = (state.ItemProcessor ?? state.Iterator) as unknown as Processor;
    const isExpress = machine.ProcessorConfig.ExecutionType === 'EXPRESS';
    const start = ({ input: inputOf }: Item, item: number) =>
      run.startChild({ mapRunArn, item, label, machine, isExpress, input: inputOf() });
    const { children, failure } = await runChildren(thread.signal, items, width, tolerance, start);
    // One that was stopped has results; one that goes on later has none yet.
    if (run.isSuspended()) thread.signal.throwIfAborted();
    const written = await writer?.write(items, children);
    if (failure !== undefined) throw failure;
    const result = written ?? resultOf(children as Child[]);
    checkSize(result, 'result', name);
    record(run, thread, 'MapRunSucceeded');
    note(run, thread, 'MapStateSucceeded');
    return result;
  } catch (error) {
    if (error instanceof Failure)
      record(run, thread, 'MapRunFailed', { error: error.error, cause: error.cause });
    throw error;
  }
}

/** The one that Step Functions makes of a Map without: an id that stays the same (version 3 of RFC 9562). */
function labelOf(name: string): string {
  const hex = createHash('md5').update(name).digest('hex');
  const variant = ((Number.parseInt(hex[16]!, 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-3${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** @returns the children by item, and what stopped them before all were started and had ended */
async function runChildren(
  signal: AbortSignal,
  items: readonly Item[],
  width: number,
  tolerance: Tolerance,
  start: (item: Item, index: number) => Child,
): Promise<{ children: (Child | undefined)[]; failure: unknown }> {
  const children: Child[] = [];
  const running = new Set<Child>();
  let next = 0;
  let failures = 0;
  let failure: unknown;
  const stop = (error: unknown): void => {
    failure ??= error;
    for (const child of running) child.abort();
  };
  const onAbort = (): void => stop(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const lane = async (): Promise<void> => {
    while (next < items.length && failure === undefined) {
      const index = next++;
      const child = start(items[index]!, index);
      children[index] = child;
      running.add(child);
      await child.ended;
      running.delete(child);
      if (
        child.output === undefined &&
        failure === undefined &&
        tolerance.isExceeded(++failures, items.length)
      ) {
        stop(EXCEEDED);
      }
    }
  };
  const lanes = Array.from({ length: Math.min(width, items.length) }, () => lane().catch(stop));
  await Promise.all(lanes);
  signal.removeEventListener('abort', onAbort);
  return { children, failure };
}

/** What the children came to, in the items' order. */
function resultOf(children: readonly Child[]): Passed {
  const json = `[${children.map((child) => child.output ?? JSON.stringify(child.describe())).join(',')}]`;
  return { json, value: JSON.parse(json) };
}

/** @throws Failure when that is what the history says */
function repeatFailure(event: HistoryEvent | undefined): void {
  if (event?.type !== 'MapRunFailed') return;
  const { error, cause } = event.mapRunFailedEventDetails as { error?: string; cause?: string };
  throw new Failure(error, cause);
}

/** How many children may fail: a number, a share, or both; none where neither is named. */
class Tolerance {
  readonly #count: number | undefined;
  readonly #percentage: number | undefined;

  constructor(visit: Visited, input: unknown) {
    const names = (field: string) => field in visit.state || `${field}Path` in visit.state;
    const [count, percentage] = ['ToleratedFailureCount', 'ToleratedFailurePercentage'] as const;
    if (names(count)) this.#count = limitOf(visit, input, count);
    if (names(percentage)) this.#percentage = limitOf(visit, input, percentage);
  }

  isExceeded(failures: number, items: number): boolean {
    if (this.#count === undefined && this.#percentage === undefined) return failures > 0;
    return (
      (this.#count !== undefined && failures > this.#count) ||
      (this.#percentage !== undefined && (failures * 100) / items > this.#percentage)
    );
  }
}

/** The items in an object of the bucket, which is a JSON array. */
async function read(visit: Visited, input: unknown, mapRunArn: string): Promise<Item[]> {
  const { Parameters, ReaderConfig } = visit.state.ItemReader as {
    Parameters: unknown;
    ReaderConfig: Fields;
  };
  const { Bucket, Key } = fill(Parameters, visit.data(input)) as { Bucket: string; Key: string };
  const failed = (why: string) => new Failure('States.ItemReaderFailed', why);
  const body = await visit.run.readObject(mapRunArn, Bucket, Key);
  if (body === undefined) throw failed(`s3://${Bucket}/${Key} is not there`);
  let items: unknown;
  try {
    items = JSON.parse(new TextDecoder().decode(body));
  } catch (error) {
    throw failed(`s3://${Bucket}/${Key}: ${(error as Error).message}`);
  }
  if (!Array.isArray(items)) throw failed('Attempting to map over non-iterable node.');
  return selected(
    visit,
    input,
    items.slice(0, (ReaderConfig.MaxItems as number | undefined) ?? items.length),
  );
}

type Fields = Record<string, unknown>;
