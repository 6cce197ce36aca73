/** A store that remembers each of its writes, so that a test can have it as it was after any of them. */
import type {
  Ending,
  ExecutionStatus,
  NewExecution,
} from '../../../../scripts/cloud/stepfunctions/execution-records.ts';
import { ExecutionStore } from '../../../../scripts/cloud/stepfunctions/execution-store.ts';
import type { HistoryEvent, RecordedEvent } from '../../../../scripts/cloud/stepfunctions/history-event.ts';

type Write = (store: ExecutionStore) => unknown;

export interface Transaction {
  at: number;
  writes: Write[];
}

export class RecordingStore extends ExecutionStore {
  readonly transactions: Transaction[] = [];
  /** By the number of their execution. */
  readonly recorded = new Map<number, RecordedEvent[]>();
  readonly #now: () => number;
  #open: Transaction | undefined;

  constructor(now: () => number) {
    super(':memory:');
    this.#now = now;
  }

  /** Does again what another one has done until then. */
  repeat(transactions: readonly Transaction[]): this {
    for (const { writes } of transactions) for (const write of writes) write(this);
    this.transactions.length = 0;
    return this;
  }

  override atomically<T>(work: () => T): T {
    if (this.#open !== undefined) return super.atomically(work);
    this.#open = { at: this.#now(), writes: [] };
    try {
      const result = super.atomically(work);
      if (this.#open.writes.length > 0) this.transactions.push(this.#open);
      return result;
    } finally {
      this.#open = undefined;
    }
  }

  override begin(execution: NewExecution): number {
    const given = structuredClone(execution);
    return this.#write(
      (store) => store.begin(given),
      () => super.begin(execution),
    );
  }

  override addEvent(number: number, recorded: RecordedEvent): void {
    const given = structuredClone(recorded);
    this.recorded.set(number, [...(this.recorded.get(number) ?? []), given]);
    this.#write(
      (store) => store.addEvent(number, given),
      () => super.addEvent(number, recorded),
    );
  }

  override end(number: number, status: ExecutionStatus, stopDate: number, ending: Ending): void {
    this.#write(
      (store) => store.end(number, status, stopDate, ending),
      () => super.end(number, status, stopDate, ending),
    );
  }

  override keepReading(number: number, mapRunArn: string, bytes: Uint8Array): void {
    this.#write(
      (store) => store.keepReading(number, mapRunArn, bytes),
      () => super.keepReading(number, mapRunArn, bytes),
    );
  }

  #write<T>(write: Write, now: () => T): T {
    return this.atomically(() => {
      this.#open!.writes.push(write);
      return now();
    });
  }
}

/**
 * What happened in each thread, whatever happened in others meanwhile: by its place among the threads, the events without
 * ids and times, and without attempts that were cut off by an end of the service.
 */
export function byThread(recorded: readonly RecordedEvent[]): Record<string, object[]> {
  const names = new Map([['', 'main']]);
  const threads: Record<string, object[]> = {};
  const openers = new Map<number, string>();
  for (const { event, thread, next } of recorded) {
    if (!names.has(thread)) {
      const [opener, index] = thread.split('.');
      names.set(thread, `${openers.get(Number(opener))}[${index}]`);
    }
    const name = names.get(thread)!;
    threads[name] ??= [];
    const own = threads[name];
    const { id, previousEventId: _, timestamp: __, ...what } = event;
    if (isInterruption(event)) {
      // It follows the two events of its attempt.
      own.splice(-2);
      continue;
    }
    openers.set(id, `${name}/${own.length}`);
    own.push(JSON.parse(plain({ ...what, next })) as object);
  }
  return threads;
}

export const isInterruption = ({ lambdaFunctionFailedEventDetails: failed }: HistoryEvent): boolean =>
  (failed as { error?: string } | undefined)?.error === 'Lambda.Unknown';

/** JSON without what is drawn at random. */
export const plain = (value: unknown): string =>
  JSON.stringify(value).replaceAll(/[\da-f]{8}-[\da-f-]{27}/g, 'UUID');
