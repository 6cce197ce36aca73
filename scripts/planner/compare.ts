/** An estimate beside what a run recorded. */
import type { Estimate } from './model.ts';
import type { HistoryCounts, RunRecord } from './record.ts';
import { alignRight } from './table.ts';

export interface Compared {
  what: string;
  estimated: number;
  /** undefined where nothing recorded it, or it isn't kept any more. */
  recorded: number | undefined;
}

/**
 * Each figure as far as it was recorded. Requests are those of the invocations that write metrics, so not those of
 * workers, up to their last one, whose own PUT comes after: it is taken off the estimate, too.
 *
 * @param history undefined when the executions aren't kept any more
 */
export function compare(
  estimate: Estimate,
  record: RunRecord,
  history: HistoryCounts | undefined,
): Compared[] {
  const { functions, structure } = estimate;
  const { StartRun, TrainChunk, TrainWorker, ReduceRound } = functions;
  const writers = [StartRun, structure.chunks > 0 ? TrainChunk : ReduceRound];
  const sum = (of: (use: Estimate['functions']['StartRun']) => number) =>
    writers.reduce((total, use) => total + of(use), 0);
  const timings = record.invocations.map(({ timing }) => timing);
  const total = (field: 'billedMs' | 's3Reads' | 's3Writes'): number | undefined =>
    timings.some((timing) => timing[field] === undefined)
      ? undefined
      : timings.reduce((all, timing) => all + timing[field]!, 0);
  const { startedAt, updatedAt } = record.status;
  const figures: [what: string, estimated: number, recorded: number | undefined][] = [
    ['seconds', estimate.seconds, history?.seconds ?? (Date.parse(updatedAt) - Date.parse(startedAt)) / 1000],
    ['dollars, as far as recorded', estimate.recordedDollars, timings.at(-1)?.runDollars],
    ['billed ms of training', sum((use) => use.handlerMs) + TrainWorker.handlerMs, total('billedMs')],
    ['invocations that wrote metrics', sum((use) => use.invocations), timings.length],
    ['evaluations', structure.evaluations, record.evaluations],
    ['executions', structure.executions, history?.executions],
    ['state transitions', structure.transitions, history?.transitions],
    ['invocations', estimate.usage.invocations, history?.invocations],
    ['S3 reads of those', sum((use) => use.s3Reads), total('s3Reads')],
    ['S3 writes of those', sum((use) => use.s3Writes - use.invocations), total('s3Writes')],
  ];
  return figures.map(([what, estimated, recorded]) => ({ what, estimated, recorded }));
}

export function describeComparison(figures: readonly Compared[]): string {
  const rows = figures.map(({ what, estimated, recorded }) => [
    what,
    show(estimated),
    recorded === undefined ? 'not kept' : show(recorded),
    recorded === undefined ? '' : `${(estimated / recorded).toFixed(2)}`,
  ]);
  return alignRight([['', 'estimated', 'recorded', 'ratio'], ...rows]);
}

const show = (value: number) => (Number.isInteger(value) ? String(value) : value.toPrecision(4));
