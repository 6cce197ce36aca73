/** What a run writes while one of its functions trains: its evaluations, before the state ends that says them all. */
import { KEYS } from '../../functions/contract/keys.ts';
import {
  type RunConfig,
  runConfig,
  type StepMetrics,
  stepMetrics,
} from '../../functions/schemas/documents.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { findDocument } from '../../functions/store/verified.ts';

type ReadStore = Pick<ObjectStore, 'get' | 'list'>;

/** Of those that were there before the first look, the newest that are shown. */
const SHOWN_BEFORE = 20;
/** Between looks that find nothing; each costs a request. */
const MOST_WAIT_MS = 5000;

export interface Evaluated {
  metrics: StepMetrics;
  run: RunConfig;
}

export class RunMetrics {
  readonly #store: ReadStore;
  readonly #runId: string;
  readonly #now: () => number;
  #run: RunConfig | undefined;
  /** Step of the next evaluation; undefined before the first look. */
  #next: number | undefined;
  #waitMs = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds of any clock */
  constructor(store: ReadStore, runId: string, now: () => number = () => performance.now()) {
    this.#store = store;
    this.#runId = runId;
    this.#now = now;
  }

  /** The evaluations since the last look, in order; none where it was just now and found none. */
  async since(): Promise<Evaluated[]> {
    if (this.#now() - this.#lookedAt < this.#waitMs) return [];
    const found = await this.#look();
    this.#lookedAt = this.#now();
    this.#waitMs = found.length > 0 ? 0 : Math.min(MOST_WAIT_MS, Math.max(100, 2 * this.#waitMs));
    return found;
  }

  async #look(): Promise<Evaluated[]> {
    this.#run ??= await findDocument(this.#store, runConfig, KEYS.runConfig(this.#runId));
    const run = this.#run;
    if (run === undefined) return [];
    const found: Evaluated[] = [];
    this.#next ??= await this.#first();
    while (this.#next !== undefined && this.#next <= run.totalSteps) {
      const metrics = await findDocument(this.#store, stepMetrics, KEYS.metrics(run.runId, this.#next));
      if (metrics === undefined) break;
      if ((metrics.testAccuracy ?? metrics.testLoss) !== null) found.push({ metrics, run });
      const after = (Math.floor(metrics.step / run.evaluateEverySteps) + 1) * run.evaluateEverySteps;
      this.#next = metrics.step < run.totalSteps ? Math.min(after, run.totalSteps) : run.totalSteps + 1;
    }
    return found;
  }

  /** Where the newest ones begin that are there; undefined for none yet. */
  async #first(): Promise<number | undefined> {
    const keys = await this.#store.list(KEYS.metricsPrefix(this.#runId));
    const first = keys.at(-SHOWN_BEFORE) ?? keys[0];
    return first === undefined ? undefined : Number(/(\d+)\.json$/.exec(first)![1]);
  }
}
