/**
 * Map in distributed mode: each item is an execution of its own, with a history and limits of its own ("Map state in
 * Distributed mode", AWS Step Functions Developer Guide).
 */
import { Failure } from './failure.ts';
import { type Item, itemsOf, limitOf, selected } from './items.ts';
import { type Child, checkSize, type Machine, type Passed, record, type Visited } from './run.ts';
import { fill } from './templates.ts';

/** Children at a time where the state does not say. */
const MOST_AT_ONCE = 10_000;
const MOST_LABEL = 40;
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
  const label = String(state.Label ?? name.replace(/[^\w-]/g, '').slice(0, MOST_LABEL));
  const { Id } = run.context.StateMachine;
  const mapRunArn = `${Id.replace(':stateMachine:', ':mapRun:')}/${label}:${crypto.randomUUID()}`;
  record(run, thread, 'MapRunStarted', { mapRunArn });
  try {
    const items = isReading ? await read(visit, input) : own;
    const machine = (state.ItemProcessor ?? state.Iterator) as unknown as Processor;
    const isExpress = machine.ProcessorConfig.ExecutionType === 'EXPRESS';
    const start = (item: Item) =>
      run.startChild({ mapRunArn, label, machine, isExpress, input: item.input() });
    const result = await runChildren(thread.signal, items, width, tolerance, start);
    checkSize(result, 'result', name);
    record(run, thread, 'MapRunSucceeded');
    record(run, thread, 'MapStateSucceeded');
    return result;
  } catch (error) {
    if (error instanceof Failure)
      record(run, thread, 'MapRunFailed', { error: error.error, cause: error.cause });
    throw error;
  }
}

/** @returns what they came to, in the items' order */
async function runChildren(
  signal: AbortSignal,
  items: readonly Item[],
  width: number,
  tolerance: Tolerance,
  start: (item: Item) => Child,
): Promise<Passed> {
  const results: string[] = [];
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
      const child = start(items[index]!);
      running.add(child);
      await child.ended;
      running.delete(child);
      results[index] = child.output ?? JSON.stringify(child.describe());
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
  if (failure !== undefined) throw failure;
  const json = `[${results.join(',')}]`;
  return { json, value: JSON.parse(json) };
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
async function read(visit: Visited, input: unknown): Promise<Item[]> {
  const { Parameters, ReaderConfig } = visit.state.ItemReader as {
    Parameters: unknown;
    ReaderConfig: Fields;
  };
  const { Bucket, Key } = fill(Parameters, visit.data(input)) as { Bucket: string; Key: string };
  const failed = (why: string) => new Failure('States.ItemReaderFailed', why);
  const body = await visit.run.readObject(Bucket, Key);
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
