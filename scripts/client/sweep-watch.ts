/** How far a sweep is, by what its runs have written: the same in AWS, where each is an execution of its own, and here. */
import { gainOf, type MetricName, metricOr } from '../../core/training/metric.ts';
import { KEYS } from '../../functions/contract/keys.ts';
import { runStatus, stepMetrics } from '../../functions/schemas/documents.ts';
import { type SweepPlan, type SweepRun, sweepPlan, sweepRun } from '../../functions/schemas/sweep.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { mapSomeAtOnce } from '../../functions/store/some-at-once.ts';
import { findDocument } from '../../functions/store/verified.ts';

export interface SweepProgress {
  /** From 0. */
  rung: number;
  rungs: number;
  /** Of the rung. */
  runs: number;
  succeeded: number;
  failed: number;
  best: { metric: MetricName; value: number; differences: Record<string, unknown> } | undefined;
}

export class SweepWatch {
  readonly #store: ObjectStore;
  readonly #sweepId: string;
  #plan: SweepPlan | undefined;
  #rung = 0;
  #runs: SweepRun[] = [];
  /** Runs of the rung that have ended; their figure where they succeeded. */
  readonly #ended = new Map<string, number | undefined>();
  #best: SweepProgress['best'];

  constructor(store: ObjectStore, sweepId: string) {
    this.#store = store;
    this.#sweepId = sweepId;
  }

  /** undefined before the sweep is planned. */
  async look(): Promise<SweepProgress | undefined> {
    const plan = this.#plan ?? (await findDocument(this.#store, sweepPlan, KEYS.sweepPlan(this.#sweepId)));
    this.#plan = plan;
    if (plan === undefined) return undefined;
    await this.#findRung(plan);
    const open = this.#runs.filter(({ runId }) => !this.#ended.has(runId));
    await mapSomeAtOnce(open, (run) => this.#lookAt(run, plan));
    const values = [...this.#ended.values()];
    const failed = values.filter((value) => value === undefined).length;
    return {
      rung: this.#rung,
      rungs: plan.rungs.length,
      runs: this.#runs.length,
      succeeded: values.length - failed,
      failed,
      best: this.#best,
    };
  }

  /** The newest rung that has begun. Those before it have ended, whatever was last seen of them. */
  async #findRung(plan: SweepPlan): Promise<void> {
    const next = this.#runs.length === 0 ? 0 : this.#rung + 1;
    for (let rung = next; rung < plan.rungs.length; rung++) {
      const runs = await findDocument(this.#store, sweepRun.array(), KEYS.sweepRuns(this.#sweepId, rung));
      if (runs === undefined) return;
      this.#rung = rung;
      this.#runs = runs;
      this.#ended.clear();
      this.#best = undefined;
    }
  }

  async #lookAt({ runId, sweep }: SweepRun, plan: SweepPlan): Promise<void> {
    const status = await findDocument(this.#store, runStatus, KEYS.status(runId));
    if (status === undefined || status.state === 'running') return;
    const { ended } = status;
    const figures = ended && (await findDocument(this.#store, stepMetrics, KEYS.metrics(runId, ended.step)));
    if (figures === undefined) {
      this.#ended.set(runId, undefined);
      return;
    }
    const metric = metricOr(plan.metric, figures);
    const value = figures[metric] ?? Number.NaN;
    this.#ended.set(runId, value);
    const isBest = this.#best === undefined || gainOf(metric, value, this.#best.value) > 0;
    if (isBest) this.#best = { metric, value, differences: plan.trials[sweep.trial]!.differences };
  }
}
