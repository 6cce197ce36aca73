/** Sweeps as text for people. */
import type { Leaderboard } from '../../functions/schemas/sweep.ts';
import { formatDollars } from '../client/progress.ts';
import type { SweepProgress } from '../client/sweep-watch.ts';
import { colourTable } from '../support/colour.ts';
import { alignColumns, figure } from '../support/columns.ts';
import { describeField } from './describe-field.ts';

/** Lines of a leaderboard that are shown; all of them are in the bucket. */
const MAX_LINES = 50;

export function describeProgress({ rung, rungs, runs, succeeded, failed, best }: SweepProgress): string {
  const where = rungs === 1 ? '' : `rung ${rung + 1} of ${rungs}: `;
  const parts = [`${where}${succeeded + failed} of ${runs} runs ended`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (best !== undefined) {
    parts.push(`best ${best.metric} ${figure(best.value)} with ${describeDifferences(best.differences)}`);
  }
  return `  ${parts.join(', ')}`;
}

/** A table, best first, and what it cost. */
export function describeLeaderboard(board: Leaderboard): string {
  const { entries, metric, dollars, maxDollars, stopped } = board;
  const head = ['rank', metric ?? 'metric', 'step', 'dollars', 'seconds', 'run', 'tried', ''];
  const rows = entries
    .slice(0, MAX_LINES)
    .map((entry) => [
      entry.rank === null ? '-' : String(entry.rank),
      figure(entry.value),
      entry.step === null ? '-' : String(entry.step),
      formatDollars(entry.dollars),
      entry.seconds.toFixed(1),
      entry.runId,
      describeDifferences(entry.differences),
      [entry.state === 'failed' ? 'failed' : '', entry.reason ?? entry.stopped ?? '']
        .filter((part) => part !== '')
        .join(': '),
    ]);
  const isText = (column: number) => column >= head.indexOf('run');
  const styleOf = (row: number) =>
    entries[row]!.rank === 1 ? 'green' : entries[row]!.state === 'failed' ? 'red' : undefined;
  const lines = colourTable(
    alignColumns([head, ...rows], isText).map((line) => `  ${line}`),
    styleOf,
  );
  const more = entries.length - rows.length;
  if (more > 0) lines.push(`  and ${more} more in the sweep's leaderboard.json`);
  if (stopped !== null) lines.push(stopped);
  const cap = maxDollars === null ? '' : ` of ${formatDollars(maxDollars)}`;
  lines.push(`${entries.length} configs, ${formatDollars(dollars)}${cap}`);
  return lines.join('\n');
}

const describeDifferences = (differences: Record<string, unknown>): string =>
  Object.entries(differences)
    .map(([field, value]) => `${field} ${describeField(field, value)}`)
    .join(', ');
