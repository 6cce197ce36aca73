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
  end(type: string, details: object): void {
    this.add(type, details);
    this.#ended = true;
  }

  /**
   * @param details which an event has under its own name, that of a state without the state's type
   * @param state in which it happens
   */
  add(type: string, details?: object, state?: string, at = Date.now()): void {
    if (this.#ended) return;
    const name = type.replace(/^\w+(?=State(Entered|Exited)$)/, '');
    const named = details && { [`${name[0]!.toLowerCase()}${name.slice(1)}EventDetails`]: details };
    const isIteration = type.startsWith('MapIteration');
    const notCounted = isIteration ? this.#maps : this.#childStates;
    if (state === undefined || !notCounted.has(state)) this.length++;
    const previousEventId = this.events.length;
    this.events.push({ id: previousEventId + 1, previousEventId, timestamp: at / 1000, type, ...named });
  }

  /**
   * Adds the interpreter's event as the one that Step Functions would record; some have no counterpart.
   *
   * @returns for a state entered or left, the bytes of JSON that pass
   */
  addFromInterpreter(event: EventLog): { name: string; bytes: number } | undefined {
    switch (event.type) {
      case 'StateEntered':
      case 'StateExited': {
        const { name, type } = event.state;
        const isEntry = event.type === 'StateEntered';
        const json = JSON.stringify(isEntry ? event.state.input : (event.state.output ?? null));
        const details = { name, [isEntry ? 'input' : 'output']: json };
        this.add(`${type}${event.type}`, details, name, event.timestamp);
        return { name, bytes: Buffer.byteLength(json) };
      }
      case 'MapIterationStarted':
      case 'MapIterationSucceeded':
      case 'MapIterationFailed': {
        const { name } = event.parentState;
        this.add(event.type, { name, index: event.index }, name, event.timestamp);
        return undefined;
      }
      default:
        // Start and end are recorded by the execution; retries and catches show as the events they lead to.
        return undefined;
    }
  }
}
