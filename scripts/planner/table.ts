/** A plan as a table. */
import { LIMITS } from '../../functions/contract/limits.ts';
import { alignColumns } from '../support/columns.ts';
import { type Choice, NEARLY, secondsPerDollar } from './choose.ts';
import { type Estimate, isRefused } from './model.ts';

/** @param atOnce workers at a time */
export function describeChoice(choice: Choice, atOnce: number): string {
  const rows: string[][] = [['MB', 'threads', 'workers', 'time', 'dollars', 'chunks', 'rounds', '']];
  let before: Estimate | undefined;
  for (const answer of choice.answers) {
    const { memoryMb, workers } = answer;
    if (isRefused(answer)) {
      rows.push([String(memoryMb), '', String(workers), '-', '-', '', '', answer.refused]);
      continue;
    }
    const { threads, seconds, dollars, structure } = answer;
    rows.push([
      String(memoryMb),
      String(threads),
      String(workers),
      formatSeconds(seconds),
      formatDollars(dollars),
      structure.chunks === 0 ? '-' : String(structure.chunks),
      structure.rounds === 0 ? '-' : String(structure.rounds),
      remarks(answer, choice, before),
    ]);
    before = answer;
  }
  const waiting = choice.answers.some(({ workers }) => workers > atOnce);
  const note = `of more than ${atOnce} workers some wait for others; -c workersAtOnce deploys more, and --platform '{"concurrency":…}' plans with them`;
  const notes = [...(waiting ? [note] : []), ...inNewAccount(choice, atOnce)];
  return [alignRight(rows), '', ...conclusions(choice), ...notes].join('\n');
}

/** What the widest round leaves of a new account. */
function inNewAccount({ answers }: Choice, atOnce: number): string[] {
  const most = LIMITS.newAccountConcurrency;
  const possible = answers.filter((answer) => !isRefused(answer));
  const widest = Math.max(0, ...possible.map(({ workers }) => Math.min(workers, atOnce)));
  if (widest <= 1) return [];
  const left = widest < most ? `${most - widest}` : 'none';
  const waiting = widest > most ? `, and ${widest - most} of them wait` : '';
  return [
    `a new AWS account runs ${most} functions at a time: ${widest} workers at once leave ${left} to predictions and other jobs${waiting}`,
  ];
}

/** @param before the answer in the row above, with the same memory or not */
function remarks(answer: Estimate, { cheapest, fastest }: Choice, before: Estimate | undefined): string {
  const said: string[] = [];
  if (answer === cheapest) said.push('cheapest');
  if (answer === fastest) said.push('fastest');
  if (before !== undefined && before.memoryMb === answer.memoryMb) {
    const rate = secondsPerDollar(before, answer);
    if (rate !== undefined) said.push(`saves ${formatSeconds(rate / 1000)} per further $0.001`);
    else if (answer.seconds >= before.seconds) said.push('no faster than with fewer workers');
  }
  return said.join(', ');
}

function conclusions({ cheapest, fastest, workers }: Choice): string[] {
  if (cheapest === undefined || fastest === undefined) return ['Nothing of this can run.'];
  const lines = [`cheapest: ${nameOf(cheapest)}`, `fastest:  ${nameOf(fastest)}`];
  if (workers !== undefined) {
    const { memoryMb, enoughWorkers, enoughSeconds, fastestWorkers, fastestSeconds } = workers;
    const end = `more than ${fastestWorkers} (${formatSeconds(fastestSeconds)}) only slow it down`;
    lines.push(
      fastestWorkers === 1
        ? `workers with ${memoryMb} MB: none make it faster than the sequential run`
        : `workers with ${memoryMb} MB: more than ${enoughWorkers} (${formatSeconds(enoughSeconds)}) save less than ${NEARLY * 100} %, ${end}`,
    );
  }
  return lines;
}

const nameOf = ({ memoryMb, workers, seconds, dollars }: Estimate) =>
  `${memoryMb} MB, ${workers === 1 ? 'sequential' : `${workers} workers`}: ${formatSeconds(seconds)}, ${formatDollars(dollars)}`;

/** The last column is text and stands left. */
export function alignRight(rows: readonly (readonly string[])[]): string {
  const last = rows[0]!.length - 1;
  return alignColumns(rows, (column) => column === last).join('\n');
}

export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toPrecision(2)} s`;
  if (seconds < 120) return `${seconds.toFixed(0)} s`;
  if (seconds < 7200) return `${(seconds / 60).toFixed(0)} min`;
  if (seconds < 48 * 3600) return `${(seconds / 3600).toFixed(1)} h`;
  return `${(seconds / 86_400).toFixed(1)} d`;
}

/** Two digits that count, never in powers of ten. */
export function formatDollars(dollars: number): string {
  if (dollars >= 1) return `$${dollars.toFixed(2)}`;
  const digits = dollars === 0 ? 2 : 1 - Math.floor(Math.log10(dollars));
  return `$${dollars.toFixed(Math.min(12, digits))}`;
}
