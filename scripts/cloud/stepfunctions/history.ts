/** An execution's history: events are added, or, of an execution that goes on, repeated. */
import { LIMITS } from '../../../functions/contract/limits.ts';
import { unlessAborted } from './asl/clock.ts';
import type { HistoryEvent, RecordedEvent } from './history-event.ts';
import type { Place, Recorded } from './recorded.ts';

/** What an event is added to: the states that follow each other. */
interface Thread {
  readonly key: string;
  readonly signal: AbortSignal;
  last: number;
}

interface HistoryOptions {
  now: () => number;
  /** Takes each new event. */
  keep: (recorded: RecordedEvent) => void;
  /** Told when the history holds as many events as it may. */
  onFull: () => void;
  /** Told when what happens is not what is recorded. */
  onDivergence: (why: string) => void;
  /** Of an execution that goes on: its events, and how many there are. */
  recorded?: Recorded;
  count?: number;
}

export class History {
  readonly #options: HistoryOptions;
  #recorded: Recorded | undefined;
  #count: number;
  #isClosed = false;

  constructor(options: HistoryOptions) {
    this.#options = options;
    this.#recorded = options.recorded;
    this.#count = options.count ?? 0;
  }

  /** Whether it began before this process. */
  get isRestored(): boolean {
    return this.#options.recorded !== undefined;
  }

  /** How many events there are. */
  get count(): number {
    return this.#count;
  }

  /** What a task that was cut off has to say from now on is ignored. */
  close(): void {
    this.#isClosed = true;
  }

  /** Adds the last event. */
  end(type: string, details: object, thread: Thread): void {
    this.#recorded = undefined;
    this.add(thread, type, details);
    this.close();
  }

  /**
   * @param details which an event has under its own name, that of a state without the state's type
   * @param next the state after the one that is left
   * @returns the event, or the one that is recorded in its place
   */
  add(thread: Thread, type: string, details?: object, next?: string): HistoryEvent {
    const recorded = this.#take(thread.key, type);
    if (recorded !== undefined) return recorded;
    const name = type.replace(/^[A-Z][a-z]+(?=State(Entered|Exited)$)/, '');
    const named = details && { [`${name[0]!.toLowerCase()}${name.slice(1)}EventDetails`]: details };
    const event: HistoryEvent = {
      id: this.#count + 1,
      previousEventId: thread.last,
      timestamp: this.#options.now() / 1000,
      type,
      ...named,
    };
    if (this.#isClosed) return { ...event, id: thread.last };
    this.#count++;
    this.#options.keep({ event, thread: thread.key, next });
    if (event.id === LIMITS.historyEvents) this.#options.onFull();
    return event;
  }

  /** Where a thread goes on; undefined where it begins. */
  place(thread: Thread): Place | undefined {
    return this.#recorded?.place(thread.key);
  }

  /** What is to be repeated next of this thread. */
  head(thread: Thread): HistoryEvent | undefined {
    return this.#recorded?.head(thread.key);
  }

  /** Whether there is more to repeat of it. */
  knows(thread: Thread): boolean {
    return this.head(thread) !== undefined;
  }

  /**
   * While what is recorded is being repeated: the thread's next event, when it is its turn; undefined when there is none,
   * after all others.
   *
   * @param others whose next events come as soon as this thread has done what is its turn
   * @returns undefined at once when there is nothing to repeat
   */
  turn(thread: Thread, others: readonly Thread[] = []): Promise<HistoryEvent | undefined> | undefined {
    const recorded = this.#recorded;
    if (recorded === undefined) return undefined;
    if (!recorded.isOver) return this.#turn(recorded, thread, others);
    this.#recorded = undefined;
    return undefined;
  }

  async #turn(recorded: Recorded, thread: Thread, others: readonly Thread[]) {
    const heads = [thread, ...others].map(({ key }) => recorded.head(key)?.id ?? Number.POSITIVE_INFINITY);
    await unlessAborted(recorded.reached(Math.min(...heads)), thread.signal);
    return recorded.head(thread.key);
  }

  #take(thread: string, type: string): HistoryEvent | undefined {
    const head = this.#recorded?.head(thread);
    if (head === undefined || this.#isClosed) return undefined;
    if (head.type === type) return this.#recorded!.take(thread);
    const why = `event ${head.id} of its history is ${head.type}, where ${type} comes now`;
    this.#options.onDivergence(why);
    throw new Error(why);
  }
}
