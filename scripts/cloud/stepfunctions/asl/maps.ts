/** Map in inline mode and Parallel: states within the execution, side by side. What fails stops the others. */
import { threadWithin } from '../recorded.ts';
import { itemsOf, limitOf } from './items.ts';
import {
  checkSize,
  type Machine,
  note,
  type Passed,
  passed,
  type Run,
  record,
  type Thread,
  type Visited,
} from './run.ts';

type RunMachine = (run: Run, machine: Machine, input: Passed, thread: Thread) => Promise<Passed>;

/** Iterations of an inline Map at a time, whatever it asks for. */
const MOST_AT_ONCE = 40;

export async function runMap(visit: Visited, input: unknown, runMachine: RunMachine): Promise<Passed> {
  const { run, thread, name, state } = visit;
  const items = itemsOf(visit, input);
  const asked = limitOf(visit, input, 'MaxConcurrency');
  const machine = (state.ItemProcessor ?? state.Iterator) as unknown as Machine;
  const begun = record(run, thread, 'MapStateStarted', { length: items.length }).id;
  const results: string[] = [];
  const lanes = new Lanes(thread);
  let next = 0;
  const lane = async (): Promise<void> => {
    let last = begun;
    while (next < items.length) {
      const index = next++;
      const own = lanes.thread(threadWithin(begun, index), last, { Index: index, Value: items[index]!.item });
      const details = { name, index };
      record(run, own, 'MapIterationStarted', details);
      // So that those that begin together are recorded together.
      await undefined;
      try {
        results[index] = (await runMachine(run, machine, items[index]!.input(), own)).json;
        const turn = run.history.turn(own);
        if (turn !== undefined) await turn;
      } catch (error) {
        const turn = lanes.turnToFail(run, own);
        if (turn !== undefined) await turn;
        lanes.fail(error, own, () => {
          note(run, own, 'MapIterationFailed', details);
          for (const other of lanes.others(own)) {
            note(run, own, `${other.stateType}StateAborted`);
            note(run, own, 'MapIterationAborted', { name, index: other.item!.Index });
          }
          // Of a task that failed, AWS tells that, too.
          if (own.stateType === 'Task') note(run, own, 'TaskStateAborted');
        });
      }
      last = own.last;
      lanes.done(own);
      record(run, own, 'MapIterationSucceeded', details);
      lanes.lead(own);
    }
  };
  const width = Math.min(items.length, asked === 0 ? MOST_AT_ONCE : asked, MOST_AT_ONCE);
  await lanes.all(Array.from({ length: width }, () => lane));
  return succeeded(visit, results);
}

export async function runParallel(visit: Visited, input: unknown, runMachine: RunMachine): Promise<Passed> {
  const { run, thread, name, state } = visit;
  const given = passed(input);
  checkSize(given, 'input', name);
  const begun = record(run, thread, 'ParallelStateStarted').id;
  const results: string[] = [];
  const lanes = new Lanes(thread);
  const lane = (machine: Machine, index: number) => async (): Promise<void> => {
    const own = lanes.thread(threadWithin(begun, index), begun, thread.item);
    await undefined;
    try {
      results[index] = (await runMachine(run, machine, given, own)).json;
    } catch (error) {
      const turn = lanes.turnToFail(run, own);
      if (turn !== undefined) await turn;
      lanes.fail(error, own, () => {
        for (const other of lanes.others(own)) note(run, own, `${other.stateType}StateAborted`);
      });
    }
    lanes.done(own);
    // As AWS goes on from the branch that ended last.
    if (own.last > thread.last) lanes.lead(own);
  };
  await lanes.all((state.Branches as Machine[]).map(lane));
  return succeeded(visit, results);
}

/** @throws Failure when the results are more than may pass, even where they are discarded */
function succeeded({ run, thread, name, state }: Visited, results: readonly string[]): Passed {
  const json = `[${results.join(',')}]`;
  const result: Passed = { json, value: JSON.parse(json) };
  checkSize(result, 'result', name);
  note(run, thread, `${state.Type}StateSucceeded`);
  return result;
}

/** Threads that stand and fall together. */
class Lanes {
  readonly #parent: Thread;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #active = new Set<Thread>();

  constructor(parent: Thread) {
    this.#parent = parent;
    this.#signal = AbortSignal.any([parent.signal, this.#stop.signal]);
  }

  thread(key: string, last: number, item: Thread['item']): Thread {
    const thread: Thread = { key, signal: this.#signal, last, lastAt: 0, stateType: '', item };
    this.#active.add(thread);
    return thread;
  }

  done(thread: Thread): void {
    this.#active.delete(thread);
  }

  /** Those that are in a state. */
  others(thread: Thread): Thread[] {
    return [...this.#active].filter((other) => other !== thread && other.stateType !== '');
  }

  /** What happens next to them all comes after this one's last event. */
  lead({ last, lastAt }: Thread): void {
    Object.assign(this.#parent, { last, lastAt });
  }

  /** While the history is being repeated: waits until this one failed in it. */
  turnToFail({ history }: Run, thread: Thread): Promise<unknown> | undefined {
    return history.turn(thread, [this.#parent]);
  }

  /** Stops all others because of this one, unless they have been stopped. @param tell what happens, while it may be told */
  fail(error: unknown, thread: Thread, tell: () => void): never {
    if (!this.#signal.aborted) {
      try {
        tell();
        this.lead(thread);
      } finally {
        this.#stop.abort(error);
      }
    }
    throw error;
  }

  /** Runs them; rejects with the first failure when all have stopped. */
  async all(lanes: readonly (() => Promise<void>)[]): Promise<void> {
    await Promise.allSettled(lanes.map((lane) => lane()));
    this.#signal.throwIfAborted();
  }
}
