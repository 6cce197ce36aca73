/** Runs as text for people. */
import { datasetName } from '../../core/ingest/catalogue/user-dataset.ts';
import { DEFAULT_JOB, type JobConfig } from '../../functions/schemas/config.ts';
import type { StepMetrics } from '../../functions/schemas/documents.ts';
import { differingFields, type Run, stateOf } from '../client/runs.ts';
import { colourTable } from '../support/colour.ts';
import { alignColumns, figure } from '../support/columns.ts';
import { describeField } from './describe-field.ts';

/** A table, as the runs are given: state, what came of it, and the fields of the config in which they differ. */
export function describeRuns(runs: readonly Run[], atWork: ReadonlyMap<string, string>): string {
  const fields = differingFields(runs);
  const head = ['run', 'started', 'state', 'step', 'test acc', 'test loss', 'became', ...fields];
  const rows = runs.map((run) => {
    const { runId, status, evaluated } = run;
    return [
      runId,
      status?.startedAt.replace(/\.\d+Z$/, 'Z') ?? '-',
      stateOf(run, atWork),
      String(evaluated?.step ?? '-'),
      figure(evaluated?.testAccuracy),
      figure(evaluated?.testLoss),
      becameOf(run),
      ...fields.map((field) => shown(run.config?.config, field)),
    ];
  });
  const lines = alignColumns([head, ...rows], (column) => column < 3 || column >= 6);
  const best = bestOf(runs);
  const styleOf = (row: number) => (row === best ? 'green' : rows[row]![2] === 'failed' ? 'red' : undefined);
  return colourTable(lines, styleOf).join('\n');
}

/** Number of the run with the highest test accuracy of several that have one. */
function bestOf(runs: readonly Run[]): number | undefined {
  const figures = runs.map(({ evaluated }) => evaluated?.testAccuracy ?? Number.NEGATIVE_INFINITY);
  const best = Math.max(...figures);
  const isAlone = figures.filter(Number.isFinite).length < 2;
  return isAlone ? undefined : figures.indexOf(best);
}

function becameOf({ status }: Run): string {
  if (status?.version === undefined) return '-';
  return `${status.model} ${status.version}${status.promoted === false ? ', not promoted' : ''}`;
}

/** One run: how it stands, in what its config differs from the textbook's, and its evaluations. */
export function describeRun(run: Run, evaluations: readonly StepMetrics[], state: string): string {
  const { runId, status, config } = run;
  const lines = [`${runId}: ${state}`];
  if (status !== undefined) lines.push(`started ${status.startedAt}, last changed ${status.updatedAt}`);
  for (const text of [status?.error, status?.reason, status?.stopped])
    if (text !== undefined) lines.push(text);
  if (status?.version !== undefined) lines.push(`became ${becameOf(run)}`);
  if (config !== undefined) {
    const { config: job } = config;
    const defaults: Readonly<Record<string, unknown>> = DEFAULT_JOB;
    const other = Object.keys(job).filter(
      (field) => JSON.stringify(job[field as keyof JobConfig]) !== JSON.stringify(defaults[field]),
    ) as (keyof JobConfig)[];
    const differences = other.map((field) => `${field} ${shown(job, field)}`);
    lines.push(`config: ${differences.length === 0 ? "the textbook's" : differences.join(', ')}`);
  }
  if (evaluations.length > 0) {
    const rows = evaluations.map(({ step, epoch, loss, trainAccuracy, testAccuracy, testLoss }) => [
      epoch.toFixed(2),
      String(step),
      ...[loss, trainAccuracy, testAccuracy, testLoss].map(figure),
    ]);
    const head = ['epoch', 'step', 'loss', 'train acc', 'test acc', 'test loss'];
    lines.push(...colourTable(alignColumns([head, ...rows], () => false)));
  }
  return lines.join('\n');
}

function shown(config: JobConfig | undefined, field: keyof JobConfig): string {
  const value = config?.[field];
  if (config === undefined || value === undefined) return '-';
  if (field === 'dataset') return datasetName(config.dataset);
  return describeField(field, value);
}
