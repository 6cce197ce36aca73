/** Starts the command again and again on one data folder and kills it, until it has been killed often enough. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PHASES, type Phase } from './phases.ts';
import { functionProcesses, groupGone, killIfThere } from './processes.ts';
import type { PlannedKill, Victim } from './schedule.ts';
import { Started } from './started.ts';

/** Milliseconds of an undisturbed start. */
export interface Timing {
  whole: number;
  phases: ReadonlyMap<Phase, number>;
}

export interface Kill {
  victim: Victim;
  /** What was going on then. */
  phase: Phase;
  /** Milliseconds from the start to the kill, and from the kill to the end of the last process. */
  after: number;
  gone: number;
}

export interface RoundsResult {
  kills: Kill[];
  /** Starts that came to their end, among them those that only a function's process was killed of. */
  finished: number;
  /** Lines of complaint of all starts, with how often each came. */
  messages: Map<string, number>;
  /** Starts that ended with an error. A function's death may do that when it comes again and again. */
  failed: string[];
}

export interface RoundsOptions {
  data: string;
  /** Of `npm start --`: the run's config. */
  args: readonly string[];
  kills: number;
  /** The kill that is tried in the start of this number, from 0. */
  plan: (number: number) => PlannedKill;
  timing: Timing;
  onKill?: (kill: Kill, number: number) => void;
}

const POLL_MS = 15;
/** How long a start without --exit serves before it is killed, at most. */
const SERVING_MS = 1_500;
/** What takes longer hangs. */
const HANG_MS = 10 * 60_000;
/** How long processes may outlive their parent. */
const ORPHAN_MS = 5_000;

/** Runs the command to its end and takes the time of its phases. @throws Error with its words when it fails */
export async function runUndisturbed(data: string, args: readonly string[]): Promise<Timing> {
  const phases = new Map<Phase, number>();
  const begun = performance.now();
  const started = new Started(data, ['--exit', ...args]);
  let last = begun;
  while (!started.ended) {
    const phase = await started.phase.current();
    const now = performance.now();
    phases.set(phase, (phases.get(phase) ?? 0) + now - last);
    last = now;
    await sleep(POLL_MS);
  }
  started.phase.close();
  if ((await started.exit) !== 0)
    throw new Error(`undisturbed start ended with ${await started.exit}:\n${started.words}`);
  return { whole: performance.now() - begun, phases };
}

/** @throws Error when a process outlives its parent, or a start hangs */
export async function killAgainAndAgain(options: RoundsOptions): Promise<RoundsResult> {
  const result: RoundsResult = { kills: [], finished: 0, messages: new Map(), failed: [] };
  for (let number = 0; result.kills.length < options.kills; number++) {
    await runRound(options, options.plan(number), result);
  }
  return result;
}

async function runRound(options: RoundsOptions, plan: PlannedKill, result: RoundsResult): Promise<void> {
  const { data, args, timing, onKill } = options;
  // Without the note of what it was made from, the app is synthesized again.
  if (plan.synthesizes) rmSync(join(data, 'cdk.out.sources'), { force: true });
  const serves = plan.phase === 'serving';
  const begun = performance.now();
  const started = new Started(data, serves ? args : ['--exit', ...args]);
  try {
    await untilMoment(started, plan, timing);
    const phase = await started.phase.current();
    const after = performance.now() - begun;
    const victim = started.ended ? undefined : strike(started, plan.victim, phase, plan.share);
    if (victim !== undefined) {
      // With only a function killed, the command itself has to come to its end.
      if (victim === 'function') await ending(started);
      await started.exit;
      const gone = await groupGone(started.pid, ORPHAN_MS);
      result.kills.push({ victim, phase, after, gone });
      onKill?.(result.kills.at(-1)!, result.kills.length);
    }
    note(started, await ending(started), result);
  } finally {
    started.phase.close();
    killIfThere(-started.pid);
  }
}

/** Waits until the planned moment, the end of the planned phase, or the end of the start. */
async function untilMoment(started: Started, plan: PlannedKill, timing: Timing): Promise<void> {
  const { phase, share } = plan;
  const begun = performance.now();
  if (phase === undefined) {
    const moment = begun + share * timing.whole;
    while (!started.ended && performance.now() < moment) await sleep(POLL_MS);
    return;
  }
  const rank = (other: Phase) => PHASES.indexOf(other);
  while (!started.ended && rank(await started.phase.current()) < rank(phase)) {
    if (performance.now() - begun > HANG_MS) throw new Error(`no ${phase} yet:\n${started.words}`);
    await sleep(POLL_MS);
  }
  const length = phase === 'serving' ? SERVING_MS : (timing.phases.get(phase) ?? 0);
  const moment = performance.now() + share * length;
  while (!started.ended && performance.now() < moment && (await started.phase.current()) === phase) {
    await sleep(POLL_MS);
  }
}

/** @returns who was killed; where no function runs, the command itself; undefined when it had ended by then */
function strike(started: Started, planned: Victim, phase: Phase, share: number): Victim | undefined {
  if (planned === 'function') {
    const running = functionProcesses(started.pid);
    const busy = running.filter(({ functionName }) => functionName.includes(phase));
    const candidates = busy.length > 0 ? busy : running;
    const chosen = candidates[Math.floor(share * candidates.length)];
    if (chosen !== undefined && killIfThere(chosen.pid)) return 'function';
  }
  const whom = planned === 'group' ? -started.pid : started.pid;
  if (!killIfThere(whom)) return undefined;
  return planned === 'group' ? 'group' : 'parent';
}

async function ending(started: Started): Promise<number | string> {
  const end = await Promise.race([started.exit, sleep(HANG_MS, 'hang' as const, { ref: false })]);
  if (end === 'hang') throw new Error(`hangs:\n${started.words}`);
  return end;
}

function note(started: Started, end: number | string, result: RoundsResult): void {
  const complaints = [
    ...started.stdout.split('\n').filter((line) => line.includes('attempt failed')),
    ...started.stderr.split('\n'),
  ].filter((line) => line.trim() !== '');
  for (const line of complaints) {
    const general = line.trim().replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…');
    result.messages.set(general, (result.messages.get(general) ?? 0) + 1);
  }
  if (end === 0) result.finished++;
  else if (end !== 'SIGKILL') result.failed.push(`ended with ${end}:\n${started.words}`);
}
