/**
 * Where an execution was when its process ended: by thread, the events since the state that it is in was entered.
 *
 * An execution goes on by running that state again on what its history says. An event that is recorded already is taken
 * from here instead of being added. Before anything takes place that needs time or has effects, a thread asks what the
 * history says of its outcome (`turn`), and gets it when all earlier events have been taken: so threads that run side by
 * side, and fail each other, do so in the order in which they did. States that were left are not run again. What the
 * history knows no outcome of happens when all its events have been taken.
 */
import type { HistoryEvent, RecordedEvent } from './history-event.ts';

/** The thread of an execution's own states. */
export const MAIN = '';
/** A thread within a Map or Parallel. @param opener id of the event that it began with */
export const threadWithin = (opener: number, index: number): string => `${opener}.${index}`;
const openerOf = (thread: string): number => Number(thread.split('.')[0]);

const ENTERED = /StateEntered$/;
const PLACE = /State(Entered|Exited)$/;

/** Where a thread goes on. */
export interface Place {
  /** The state; undefined when it has passed its last. */
  name: string | undefined;
  /** That state's input as JSON. */
  data: string;
  /** Where the state before was left and the next one has not been entered: the type of that event. */
  left?: string;
}

export class Recorded {
  readonly #queues = new Map<string, RecordedEvent[]>();
  /** Ids of events that have not been taken, in their order. */
  readonly #pending: Set<number>;
  #waiting: { id: number; tell: () => void }[] = [];

  /** @param events from where the thread `MAIN` last entered or left a state */
  constructor(events: readonly RecordedEvent[]) {
    const kept = new Set<number>();
    for (const [thread, own] of Map.groupBy(events, (recorded) => recorded.thread)) {
      // A thread of a state that was left is of no use any more.
      if (thread !== MAIN && !kept.has(openerOf(thread))) continue;
      const place = own.findLastIndex(({ event }) => PLACE.test(event.type));
      const first = own.findIndex(({ event }) => ENTERED.test(event.type));
      const queue = place === -1 || first === -1 ? own : [...own.slice(0, first), ...own.slice(place)];
      this.#queues.set(thread, queue);
      for (const { event } of queue) kept.add(event.id);
    }
    this.#pending = new Set([...kept].sort((a, b) => a - b));
  }

  get isOver(): boolean {
    return this.#pending.size === 0;
  }

  /** Where a thread goes on that has got as far as its states; undefined where it begins with its first. */
  place(thread: string): Place | undefined {
    const head = this.#queues.get(thread)?.[0];
    if (head === undefined || !PLACE.test(head.event.type)) return undefined;
    const { event, next } = head;
    const { name, input } = (event.stateEnteredEventDetails ?? {}) as { name?: string; input?: string };
    if (name !== undefined) return { name, data: input! };
    const { output } = event.stateExitedEventDetails as { output: string };
    return { name: next, data: output, left: event.type };
  }

  /** The next event of the thread. */
  head(thread: string): HistoryEvent | undefined {
    return this.#queues.get(thread)?.[0]?.event;
  }

  take(thread: string): HistoryEvent | undefined {
    const event = this.#queues.get(thread)?.shift()?.event;
    if (event === undefined) return undefined;
    this.#pending.delete(event.id);
    this.#tell();
    return event;
  }

  /** Resolves when all events before this one have been taken. */
  reached(id: number): Promise<void> {
    return new Promise((tell) => {
      this.#waiting.push({ id, tell });
      this.#tell();
    });
  }

  #tell(): void {
    const [next = Number.POSITIVE_INFINITY] = this.#pending;
    const due = this.#waiting.filter(({ id }) => id <= next);
    if (due.length === 0) return;
    this.#waiting = this.#waiting.filter(({ id }) => id > next);
    for (const { tell } of due) tell();
  }
}
