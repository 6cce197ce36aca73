/** Events of a history in Step Functions' own shape (HistoryEvent in its API reference), and how they are kept. */

export interface HistoryEvent {
  id: number;
  previousEventId: number;
  /** Seconds since the epoch. */
  timestamp: number;
  type: string;
  [details: string]: unknown;
}

/** An event with the thread of states that it belongs to, and the state after the one that it leaves. */
export interface RecordedEvent {
  event: HistoryEvent;
  thread: string;
  next: string | undefined;
}
