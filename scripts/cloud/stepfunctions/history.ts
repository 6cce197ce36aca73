/** An execution's history in Step Functions' own shape (HistoryEvent in its API reference). */
import { LIMITS } from '../../../functions/contract/limits.ts';

export interface HistoryEvent {
  id: number;
  previousEventId: number;
  /** Seconds since the epoch. */
  timestamp: number;
  type: string;
  [details: string]: unknown;
}

export class History {
  readonly events: HistoryEvent[] = [];
  readonly #now: () => number;
  readonly #onFull: () => void;
  #ended = false;

  /** @param onFull told when the history holds as many events as it may */
  constructor(now: () => number, onFull: () => void) {
    this.#now = now;
    this.#onFull = onFull;
  }

  /** Adds the last event; what a task that was cut off has to say later is ignored. */
  end(type: string, details: object, previousEventId: number): void {
    this.add(type, details, previousEventId);
    this.#ended = true;
  }

  /**
   * @param details which an event has under its own name, that of a state without the state's type
   * @param previousEventId of the event that led to it; 0 for the first ones
   * @returns its id
   */
  add(type: string, details: object | undefined, previousEventId: number): number {
    if (this.#ended) return previousEventId;
    const name = type.replace(/^[A-Z][a-z]+(?=State(Entered|Exited)$)/, '');
    const named = details && { [`${name[0]!.toLowerCase()}${name.slice(1)}EventDetails`]: details };
    const id = this.events.length + 1;
    this.events.push({ id, previousEventId, timestamp: this.#now() / 1000, type, ...named });
    if (id === LIMITS.historyEvents) this.#onFull();
    return id;
  }
}
