/** Puts the configs of a sweep in order. */
import { gainOf, type MetricName, metricOr } from '../../core/training/metric.ts';
import type { LeaderboardEntry, SweepPlan } from '../schemas/sweep.ts';
import type { RunResult } from './result.ts';

/** The metric that was asked for, or what the runs have. null when it was not, and none succeeded. */
export function metricOf(plan: SweepPlan, results: readonly RunResult[]): MetricName | null {
  if (plan.metric !== undefined) return plan.metric;
  const figures = results.find((result) => result.figures !== null)?.figures;
  return figures === undefined || figures === null ? null : metricOr(undefined, figures);
}

/** Best first. What has no such figure comes last; of equals, the config that was planned first comes first. */
export function inOrder(results: readonly RunResult[], metric: MetricName | null): RunResult[] {
  return [...results].sort((a, b) => {
    const [one, other] = [figureOf(a, metric), figureOf(b, metric)];
    const byNumber = a.run.sweep.trial - b.run.sweep.trial;
    if (one === null || other === null) return Number(one === null) - Number(other === null) || byNumber;
    // Whoever came further is the better: the rung before has said so.
    return b.run.sweep.rung - a.run.sweep.rung || gainOf(metric!, other, one) || byNumber;
  });
}

export function figureOf({ figures }: RunResult, metric: MetricName | null): number | null {
  return metric === null ? null : (figures?.[metric] ?? null);
}

/**
 * A line for each config.
 *
 * @param results of all rungs, in their order
 */
export function rank(
  plan: SweepPlan,
  results: readonly RunResult[],
  metric: MetricName | null,
): { entries: LeaderboardEntry[]; best: RunResult | undefined } {
  const byConfig = plan.trials.map((_, number) => results.filter(({ run }) => run.sweep.trial === number));
  const last = byConfig.map((own) => own.findLast(({ end }) => end !== null) ?? own.at(-1)!);
  const ordered = inOrder(last, metric);
  const entries: LeaderboardEntry[] = [];
  for (const [place, result] of ordered.entries()) {
    const { runId, sweep } = result.run;
    const own = byConfig[sweep.trial]!;
    const value = figureOf(result, metric);
    const before = entries.at(-1);
    const isEqual = before !== undefined && before.value === value && before.rung === sweep.rung;
    const sum = (figure: 'dollars' | 'seconds') => own.reduce((total, each) => total + each[figure], 0);
    entries.push({
      rank: value === null ? null : isEqual ? before.rank : place + 1,
      trial: sweep.trial,
      differences: plan.trials[sweep.trial]!.differences,
      runId,
      rung: sweep.rung,
      state: result.end === null ? 'failed' : 'succeeded',
      value,
      step: result.end?.step ?? null,
      dollars: sum('dollars'),
      seconds: sum('seconds'),
      stopped: result.stopped,
      reason: own.findLast(({ reason }) => reason !== null)?.reason ?? noValue(result, metric, value),
    });
  }
  const [first] = ordered;
  return { entries, best: first !== undefined && figureOf(first, metric) !== null ? first : undefined };
}

const noValue = ({ end }: RunResult, metric: MetricName | null, value: number | null): string | null =>
  end !== null && value === null ? `the run has no ${metric}` : null;
