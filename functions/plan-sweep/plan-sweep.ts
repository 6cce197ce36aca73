/** Decides which runs a sweep has, and writes them where the state machine goes through them. */
import type { z } from 'zod';
import { ConfigError } from '../../core/errors.ts';
import type { Catalogue } from '../../core/ingest/catalogue/datasets.ts';
import { KEYS } from '../contract/keys.ts';
import { findDeclaration, withDeclaration } from '../dataset/declarations.ts';
import { logger } from '../observe/logging.ts';
import { leastCap } from '../run/sweep-budget.ts';
import { runsOfRung } from '../run/sweep-runs.ts';
import { validateConfig } from '../run/validate-config.ts';
import { parsePayload, shorten } from '../schemas/parse.ts';
import type { Prices } from '../schemas/prices.ts';
import {
  type planSweepOutput,
  type SweepInput,
  type SweepPlan,
  sweepInput,
  sweepPlan,
} from '../schemas/sweep.ts';
import { encodeJson } from '../store/json.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { createDocument, findDocument } from '../store/verified.ts';
import { differencesOf } from './differences.ts';
import { planRungs } from './rungs.ts';

export interface PlanRequest {
  store: ObjectStore;
  sweepId: string;
  /** Of the state machine. */
  input: unknown;
  prices: Prices;
  /** Of the functions that train. */
  memoryMb?: number;
  catalogue?: Catalogue;
}

/**
 * Every config is checked before anything is written. Repeated, the first plan stays.
 *
 * @throws ConfigError naming the field, or the config of the sweep and its field
 */
export async function planSweep(request: PlanRequest): Promise<z.output<typeof planSweepOutput>> {
  const { store, sweepId } = request;
  const input = parsePayload(sweepInput, request.input, 'sweep');
  const given = { ...input.config, ...(input.model === undefined ? {} : { model: input.model }) };
  const find = (name: string) => findDeclaration(store, name);
  const base = (await withDeclaration(given, find, request.catalogue)) as Record<string, unknown>;
  const { config, files } = validateConfig(sweepId, base, request);
  const key = KEYS.sweepPlan(sweepId);
  const plan =
    (await findDocument(store, sweepPlan, key)) ??
    (await createDocument(store, sweepPlan, key, makePlan(request, input, base)));
  const runsKey = KEYS.sweepRuns(sweepId, 0);
  const runs = runsOfRung(plan, 0);
  await store.createImmutable(runsKey, encodeJson(runs));
  logger.info('planned', { sweepId, configs: plan.trials.length, rungs: plan.rungs });
  return { sweepId, config, files, rung: { rung: 0, runsKey, runs: runs.length, done: false, best: null } };
}

function makePlan(request: PlanRequest, input: SweepInput, base: Record<string, unknown>): SweepPlan {
  const { sweepId, prices } = request;
  const { metric, halving, maxDollars } = input;
  const trials = differencesOf(input).map((differences, number) => {
    try {
      return { differences, config: validateConfig(sweepId, { ...base, ...differences }, request).config };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      throw new ConfigError(`config ${number} of the sweep, ${shorten(differences)}: ${error.message}`, {
        cause: error,
      });
    }
  });
  const configs = trials.map(({ config }) => config);
  const parallel = configs.find(({ workers }) => workers !== undefined);
  if (parallel !== undefined) {
    throw new ConfigError(
      `sweep.config.workers: got ${parallel.workers}, expected nothing: a sweep trains its runs at once, each of them in chunks`,
    );
  }
  const plan: SweepPlan = {
    formatVersion: 1,
    sweepId,
    ...(metric === undefined ? {} : { metric }),
    model: configs[0]!.model,
    ...(maxDollars === undefined ? {} : { maxDollars }),
    trials,
    rungs: planRungs(configs, halving),
  };
  if (maxDollars !== undefined) {
    const least = leastCap(plan, prices);
    if (maxDollars < least) {
      throw new ConfigError(
        `sweep.maxDollars: got ${maxDollars}, expected at least ${least.toFixed(6)}, what ${trials.length} runs cost before they train`,
      );
    }
  }
  return plan;
}
