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
  return [
    {
      what: 'seconds',
      estimated: estimate.seconds,
      recorded: history?.seconds ?? (Date.parse(updatedAt) - Date.parse(startedAt)) / 1000,
    },
    {
      what: 'dollars, as far as recorded',
      estimated: estimate.recordedDollars,
      recorded: timings.at(-1)?.runDollars,
    },
    {
      what: 'billed ms of training',
      estimated: sum((use) => use.handlerMs) + TrainWorker.handlerMs,
      recorded: total('billedMs'),
    },
    {
      what: 'invocations that wrote metrics',
      estimated: sum((use) => use.invocations),
      recorded: timings.length,
    },
    { what: 'evaluations', estimated: structure.evaluations, recorded: record.evaluations },
    { what: 'executions', estimated: structure.executions, recorded: history?.executions },
    { what: 'state transitions', estimated: structure.transitions, recorded: history?.transitions },
    { what: 'invocations', estimated: estimate.usage.invocations, recorded: history?.invocations },
    { what: 'S3 reads of those', estimated: sum((use) => use.s3Reads), recorded: total('s3Reads') },
    {
      what: 'S3 writes of those',
      estimated: sum((use) => use.s3Writes - use.invocations),
      recorded: total('s3Writes'),
    },
  ];
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
