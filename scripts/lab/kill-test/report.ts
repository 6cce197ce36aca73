/** What a kill test has come to, for people. */
import { PHASES } from './phases.ts';
import type { RoundsResult } from './rounds.ts';
import { VICTIMS } from './schedule.ts';
import type { FinishedRun, Stored } from './stored.ts';

export interface Ending {
  seconds: number;
  stored: Stored;
  /** The run that nobody disturbed. */
  expected: FinishedRun;
}

/** Kills by phase and victim, complaints, and the last checkpoints beside the expected one. */
export function describeKills(result: RoundsResult, { seconds, stored, expected }: Ending): string {
  const { kills, finished, messages, failed } = result;
  const count = (phase: string | undefined, victim: string | undefined) =>
    kills.filter(
      (kill) =>
        (phase === undefined || kill.phase === phase) && (victim === undefined || kill.victim === victim),
    ).length;
  const row = (title: string, phase: string | undefined) =>
    [
      title.padEnd(16),
      ...[...VICTIMS, undefined].map((victim) => String(count(phase, victim)).padStart(9)),
    ].join('');
  const slowest = Math.max(0, ...kills.map(({ gone }) => gone));
  const hashes = Map.groupBy(stored.runs, ({ sha256 }) => sha256);
  return [
    '',
    ['killed in'.padEnd(16), ...[...VICTIMS, 'all'].map((title) => title.padStart(9))].join(''),
    ...PHASES.map((phase) => row(phase, phase)),
    row('all', undefined),
    '',
    `${kills.length} kills in ${seconds.toFixed(0)} s; ${finished} starts came to their end on the way, ${failed.length} failed`,
    `the last process was gone ${Math.round(slowest)} ms after the kill at the latest`,
    `${messages.size} kinds of complaints:`,
    ...[...messages].map(([message, times]) => `  ${times} × ${message}`),
    ...failed.map((words) => `failed: ${words}`),
    `${stored.runs.length} runs and ${stored.versions} versions at the end; last checkpoints:`,
    ...[...hashes].map(
      ([sha256, runs]) =>
        `  ${runs.length} × SHA-256 ${sha256}, ${sha256 === expected.sha256 ? 'as undisturbed' : `NOT the undisturbed ${expected.sha256}`}`,
    ),
    `as npm run verify-reproducible counts it: ${[...new Set(stored.runs.map(({ reproducible }) => reproducible))].join(', ')}`,
  ].join('\n');
}
