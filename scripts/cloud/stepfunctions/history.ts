/** An execution's history in Step Functions' own shape (HistoryEvent in its API reference). */
import type { StateMachine } from 'aws-local-stepfunctions';

/** An event of the interpreter; the package doesn't export the type by its name. */
type EventLog =
  ReturnType<StateMachine['run']>['eventLogs'] extends AsyncGenerator<infer Event> ? Event : never;

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
  /** How many of the events would stand in this history in AWS. */
  length = 0;
  readonly #childStates: ReadonlySet<string>;
  readonly #maps: ReadonlySet<string>;
  #ended = false;

  /**
   * @param childStates whose events are those of a Distributed Map's children: AWS keeps them in histories of their own
   * @param maps the Distributed Maps, which have no iterations there
   */
  constructor(childStates: ReadonlySet<string> = new Set(), maps: ReadonlySet<string> = new Set()) {
    this.#childStates = childStates;
    this.#maps = maps;
  }

  /** Adds the last event; what a task that was cut off has to say later is ignored. */
  end(type: string, details: Record<string, unknown>): void {
    this.add(type, details);
    this.#ended = true;
  }

  /** @param state in which it happens */
  add(type: string, details: Record<string, unknown> = {}, state?: string, at = Date.now()): void {
    if (this.#ended) return;
    const isIteration = type.startsWith('MapIteration');
    const notCounted = isIteration ? this.#maps : this.#childStates;
    if (state === undefined || !notCounted.has(state)) this.length++;
    const previousEventId = this.events.length;
    this.events.push({ id: previousEventId + 1, previousEventId, timestamp: at / 1000, type, ...details });
  }

  /**
   * Adds the interpreter's event as the one that Step Functions would record; some have no counterpart.
   *
   * @returns for a state entered or left, the bytes of JSON that pass
   */
  addFromInterpreter(event: EventLog): { name: string; bytes: number } | undefined {
    switch (event.type) {
      case 'StateEntered': {
        const { name, type } = event.state;
        const input = JSON.stringify(event.state.input);
        this.add(`${type}StateEntered`, { stateEnteredEventDetails: { name, input } }, name, event.timestamp);
        return { name, bytes: Buffer.byteLength(input) };
      }
      case 'StateExited': {
        const { name, type } = event.state;
        const output = JSON.stringify(event.state.output ?? null);
        this.add(`${type}StateExited`, { stateExitedEventDetails: { name, output } }, name, event.timestamp);
        return { name, bytes: Buffer.byteLength(output) };
      }
      case 'MapIterationStarted':
      case 'MapIterationSucceeded':
      case 'MapIterationFailed': {
        const details = { name: event.parentState.name, index: event.index };
        const key = `${event.type[0]!.toLowerCase()}${event.type.slice(1)}EventDetails`;
        this.add(event.type, { [key]: details }, details.name, event.timestamp);
        return undefined;
      }
      default:
        // Start and end are recorded by the execution; retries and catches show as the events they lead to.
        return undefined;
    }
  }
}
