/** Goes through the states of a machine, each of which takes the last one's output. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HistoryEvent } from '../history-event.ts';
import { matches, type Rule } from './choice.ts';
import { Failure, Mistake } from './failure.ts';
import { runMapRun } from './map-run.ts';
import { runMap, runParallel } from './maps.ts';
import { follow, parsePath, placed } from './paths.ts';
import { Retries, ruleFor } from './retries.ts';
import {
  checkSize,
  type Machine,
  milliseconds,
  type Passed,
  passed,
  pause,
  type Run,
  record,
  type State,
  type Thread,
  type Visited,
} from './run.ts';
import { runTask } from './tasks.ts';
import { fill, resolved } from './templates.ts';
import { secondsToWait } from './waits.ts';

/** Other work of the process gets a turn after so many transitions. */
const TRANSITIONS_A_TURN = 100;
const ATTEMPTED = new Set(['Task', 'Map', 'Parallel']);

/**
 * @returns the output of the state that it ends with
 * @throws Failure when it fails; the thread's reason when that is aborted
 */
export async function runMachine(run: Run, machine: Machine, input: Passed, thread: Thread): Promise<Passed> {
  const { history } = run;
  let name: string | undefined = machine.StartAt;
  let data = input;
  const place = history.place(thread);
  if (place !== undefined) {
    name = place.name;
    data = { json: place.data, value: JSON.parse(place.data) };
    if (place.left !== undefined) record(run, thread, place.left);
  }
  while (name !== undefined) {
    if (++run.transitions % TRANSITIONS_A_TURN === 0) await nextTurn();
    thread.signal.throwIfAborted();
    // What is not recorded of it comes after all that is.
    const turn = history.knows(thread) ? undefined : history.turn(thread);
    if (turn !== undefined) await turn;
    const visit: Visit = new Visit(run, thread, name, machine.States[name]!, data);
    [data, name] = await visit.pass();
  }
  return data;
}

/** A state from its entry to its exit. */
class Visit implements Visited {
  readonly run: Run;
  readonly thread: Thread;
  readonly name: string;
  readonly state: State;
  readonly #input: Passed;
  readonly #entered: HistoryEvent;
  #retries: Retries;

  constructor(run: Run, thread: Thread, name: string, state: State, input: Passed) {
    this.run = run;
    this.thread = thread;
    this.name = name;
    this.state = state;
    this.#input = input;
    this.#retries = new Retries(state.Retry ?? [], run.random);
    thread.stateType = state.Type;
    this.#entered = record(run, thread, `${state.Type}StateEntered`, { name, input: input.json });
  }

  /** @returns its output and the state after it, if there is one */
  async pass(): Promise<[Passed, string | undefined]> {
    try {
      const [output, next] = await this.#act();
      checkSize(output, 'output', this.name);
      const { run, thread, name } = this;
      const turn = run.history.knows(thread) ? undefined : run.history.turn(thread);
      if (turn !== undefined) await turn;
      record(run, thread, `${this.state.Type}StateExited`, { name, output: output.json }, next);
      return [output, next];
    } catch (error) {
      throw this.#failureOf(error);
    }
  }

  async #act(): Promise<[Passed, string | undefined]> {
    const { state } = this;
    switch (state.Type) {
      case 'Fail':
        throw new Failure(this.#named('Error'), this.#named('Cause'));
      case 'Choice':
        return this.#choose();
      case 'Wait':
        await this.#wait();
        return [this.#output(this.#effectiveInput()), state.Next];
      case 'Succeed':
        return [this.#output(this.#effectiveInput()), undefined];
      case 'Pass': {
        const input = this.filled(this.#effectiveInput());
        return [this.#combined('Result' in state ? state.Result : input), state.Next];
      }
      default:
        return this.#attempted();
    }
  }

  data(value: unknown, item = this.thread.item): (isContext: boolean) => unknown {
    return (isContext) => (isContext ? this.#context(item) : value);
  }

  filled(input: unknown): unknown {
    const { Parameters } = this.state;
    return Parameters === undefined ? input : fill(Parameters, this.data(input));
  }

  #context(Item: Thread['item']): object {
    const { Execution, StateMachine } = this.run.context;
    const attempts = ATTEMPTED.has(this.state.Type) ? { RetryCount: this.#retries.count } : {};
    const EnteredTime = new Date(milliseconds(this.#entered)).toISOString();
    const State = { Name: this.name, EnteredTime, ...attempts };
    return { Execution, StateMachine, State, ...(Item === undefined ? {} : { Map: { Item } }) };
  }

  /** A field's path into data; null stands for nothing. */
  #along(field: 'InputPath' | 'OutputPath', value: unknown): unknown {
    const text = this.state[field];
    if (text === undefined) return value;
    if (text === null) return {};
    const path = parsePath(String(text));
    return follow(path, this.data(value)(path.isContext));
  }

  #effectiveInput(): unknown {
    return this.#along('InputPath', this.#input.value);
  }

  #output(value: unknown): Passed {
    const { OutputPath } = this.state;
    const isInput = value === this.#input.value && (OutputPath === undefined || OutputPath === '$');
    return isInput ? this.#input : passed(this.#along('OutputPath', value));
  }

  /** The state's result beside its input. */
  #combined(result: unknown): Passed {
    return this.#output(this.#placed(this.state.ResultPath as string | null | undefined, result));
  }

  #placed(resultPath: string | null | undefined, result: unknown): unknown {
    if (resultPath === null) return this.#input.value;
    return placed(parsePath(resultPath ?? '$'), this.#input.value, result);
  }

  #named(field: 'Error' | 'Cause'): string | undefined {
    const path = this.state[`${field}Path`];
    if (path === undefined) return this.state[field] as string | undefined;
    const value = resolved(`${field}Path`, String(path), this.data(this.#input.value));
    if (typeof value === 'string') return value;
    throw new Mistake(
      `The ${field}Path field refers to value ${JSON.stringify(value)} which is not a string`,
    );
  }

  #choose(): [Passed, string] {
    const input = this.#effectiveInput();
    const rules = this.state.Choices as Rule[];
    const chosen = rules.find((rule) => matches(rule, this.data(input)));
    const next = (chosen?.Next ?? this.state.Default) as string | undefined;
    if (next !== undefined) return [this.#output(input), next];
    throw new Failure(
      'States.NoChoiceMatched',
      `No rule of state '${this.name}' matches, and it has no Default.`,
    );
  }

  async #wait(): Promise<void> {
    const begun = milliseconds(this.#entered);
    const seconds = secondsToWait(this.state, this.data(this.#effectiveInput()), begun);
    await pause(this.run, this.thread, seconds * 1000);
  }

  /** A state that may be tried again, and whose failure may be caught. */
  async #attempted(): Promise<[Passed, string | undefined]> {
    let result: Passed;
    try {
      result = await this.#tryUntilDone();
    } catch (error) {
      if (!(error instanceof Failure) || this.thread.signal.aborted) throw error;
      const catcher = ruleFor(this.state.Catch ?? [], error);
      if (catcher === undefined) throw error;
      const told = {
        ...(error.error !== undefined && { Error: error.error }),
        // Of a timeout nothing is said, and that is an empty text.
        Cause: error.cause ?? '',
      };
      return [passed(this.#placed(catcher.ResultPath, told)), catcher.Next];
    }
    const { ResultSelector } = this.state;
    const selected =
      ResultSelector === undefined ? result.value : fill(ResultSelector, this.data(result.value));
    return [this.#combined(selected), this.state.Next];
  }

  async #tryUntilDone(): Promise<Passed> {
    for (;;) {
      try {
        return await this.#attempt();
      } catch (error) {
        // A mistake of its own is no failure of what it started, and nor is it that others of its kind have failed.
        if (!(error instanceof Failure) || this.thread.signal.aborted) throw error;
        const seconds = this.#retries.after(error);
        if (seconds === undefined) {
          if (this.state.Type !== 'Task') record(this.run, this.thread, `${this.state.Type}StateFailed`);
          throw error;
        }
        await pause(this.run, this.thread, seconds * 1000);
      }
    }
  }

  #attempt(): Promise<Passed> {
    const input = this.#effectiveInput();
    switch (this.state.Type) {
      case 'Task':
        return runTask(this, input);
      case 'Parallel':
        return runParallel(this, this.filled(input), runMachine);
      default: {
        const { ProcessorConfig } = (this.state.ItemProcessor ?? this.state.Iterator) as {
          ProcessorConfig?: { Mode?: string };
        };
        return ProcessorConfig?.Mode === 'DISTRIBUTED'
          ? runMapRun(this, input)
          : runMap(this, input, runMachine);
      }
    }
  }

  /** As the execution sees it: a mistake says in which state it is, and nothing catches it. */
  #failureOf(error: unknown): unknown {
    if (this.thread.signal.aborted || !(error instanceof Mistake)) return error;
    const where = `An error occurred while executing the state '${this.name}' (entered at the event id #${this.#entered.id}).`;
    return new Failure(error.error, `${where} ${error.message}`, true);
  }
}
