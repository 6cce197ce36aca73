/** Which executions work on a run, and what stops them. */
import { KEYS } from '../contract/keys.ts';
import { setStopped } from '../run/status.ts';
import { type RunStatus, runConfig, runStatus } from '../schemas/documents.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { findDocument } from '../store/verified.ts';
import { executionNameOf, runIdOf } from './names.ts';
import type { Executions } from './step-functions.ts';

/**
 * The execution of the run that runs, or the first name under which one may take the run up: its id, or its id with a
 * number.
 *
 * @param stopped names of executions that were stopped, and may still be said to run
 */
export async function nextExecution(
  executions: Executions,
  runId: string,
  stopped: ReadonlySet<string> = new Set(),
): Promise<{ running: string } | { free: string }> {
  for (let number = 0; ; number++) {
    const name = executionNameOf(runId, number);
    const found = await executions.find(name);
    if (found === undefined) return { free: name };
    if (found.status === 'RUNNING' && !stopped.has(name)) return { running: name };
  }
}

/** What there is to say of a run that was to be stopped. */
export type Stop =
  | { outcome: 'unknown' }
  | { outcome: 'ended'; state: RunStatus['state'] }
  | { outcome: 'ofSweep'; sweep: string }
  /** Nothing works on it now. `names` are those of the executions that were stopped, `next` goes on with it. */
  | { outcome: 'stopped'; names: string[]; next: string };

/** Why a run of a sweep is not stopped alone, for people. */
export const describeSweepRun = (runId: string, sweep: string): string =>
  `run ${runId} is one of the sweep ${sweep}, whose execution trains it; stop that`;

/**
 * Stops what works on the run, until nothing does: an execution may just have started the one that goes on. What was
 * stored stays, and the run's status says that it was stopped.
 */
export async function stopRun(
  { store, executions, now }: { store: ObjectStore; executions: Executions; now: () => Date },
  runId: string,
): Promise<Stop> {
  const status = await findDocument(store, runStatus, KEYS.status(runId));
  const config = await findDocument(store, runConfig, KEYS.runConfig(runId));
  if (status?.state === 'succeeded') return { outcome: 'ended', state: status.state };
  if (config?.sweep !== undefined) return { outcome: 'ofSweep', sweep: config.sweep.id };
  const stopped = new Set<string>();
  const stop = async (name: string) => {
    await executions.stop(name);
    stopped.add(name);
  };
  for await (const name of executions.running()) if (runIdOf(name) === runId) await stop(name);
  for (;;) {
    const next = await nextExecution(executions, runId, stopped);
    if ('running' in next) {
      await stop(next.running);
      continue;
    }
    if (stopped.size > 0) await setStopped(store, runId, now());
    else if (status?.state === 'failed') return { outcome: 'ended', state: status.state };
    else if (status === undefined && config === undefined && next.free === runId)
      return { outcome: 'unknown' };
    return { outcome: 'stopped', names: [...stopped], next: next.free };
  }
}
