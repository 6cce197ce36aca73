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

  add(type: string, details: Record<string, unknown> = {}, at = Date.now()): void {
    const previousEventId = this.events.length;
    this.events.push({ id: previousEventId + 1, previousEventId, timestamp: at / 1000, type, ...details });
  }

  /** Adds the interpreter's event as the one that Step Functions would record; some have no counterpart. */
  addFromInterpreter(event: EventLog): void {
    switch (event.type) {
      case 'StateEntered': {
        const { name, type, input } = event.state;
        const stateEnteredEventDetails = { name, input: JSON.stringify(input) };
        this.add(`${type}StateEntered`, { stateEnteredEventDetails }, event.timestamp);
        break;
      }
      case 'StateExited': {
        const { name, type, output } = event.state;
        const stateExitedEventDetails = { name, output: JSON.stringify(output) };
        this.add(`${type}StateExited`, { stateExitedEventDetails }, event.timestamp);
        break;
      }
      case 'MapIterationStarted':
      case 'MapIterationSucceeded':
      case 'MapIterationFailed': {
        const details = { name: event.parentState.name, index: event.index };
        const key = `${event.type[0]!.toLowerCase()}${event.type.slice(1)}EventDetails`;
        this.add(event.type, { [key]: details }, event.timestamp);
        break;
      }
      default:
        // Start and end are recorded by the execution; retries and catches show as the events they lead to.
        break;
    }
  }
}
