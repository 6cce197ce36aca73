/** What every run has to end with, whatever happens to it: found by running each config once without any fault. */
import { KEYS } from '../../../functions/contract/keys.ts';
import { stepMetrics } from '../../../functions/schemas/documents.ts';
import { sha256 } from '../../../functions/store/sha256.ts';
import { finishRun, type Run, requestPrediction } from './actors.ts';
import type { App } from './app.ts';
import { type Expected, type Figures, json } from './observer.ts';
import { configOf, parallelConfigOf } from './tiny-dataset.ts';
import { World } from './world.ts';

/** Seeds of the configs that simulations use. */
export const CONFIG_SEEDS = [1, 2, 3] as const;
/** After a promotion; until then a warm function answers from the model before it. */
const MODEL_KNOWN_AFTER_MS = 10_000;

/** Names the weights that a run has at each of its steps: chunks and evaluations decide nothing of them. */
export const weightsOf = ({ seed, ...config }: Run['config']): string =>
  'workers' in config ? `seed ${seed}, ${config.workers} workers` : `seed ${seed}`;

/** @throws Error when even without faults something is wrong */
export async function findExpected(app: App): Promise<Expected> {
  const checkpoints = new Map<string, Map<number, string>>();
  const figures = new Map<string, Map<number, Figures>>();
  const predictions = new Map<string, number[]>();
  // One world for all, whose functions are warm and whose dataset is there from the second run on.
  const world = new World(app, 1, false);
  try {
    for (const seed of CONFIG_SEEDS) {
      // In chunks of one step each of them has its checkpoint and its evaluation; in rounds those that every such run has.
      for (const config of [configOf(seed, 1, 1), parallelConfigOf(seed, 9)]) {
        const weights = weightsOf(config);
        const name = `expected-${checkpoints.size + 1}`;
        await world.until([finishRun(world, { name, config })]);
        const own = new Map<number, string>();
        const ownFigures = new Map<number, Figures>();
        for (let step = 0; step <= config.iterations; step++) {
          const checkpoint = world.read(KEYS.checkpoint(name, step));
          if (checkpoint !== undefined) own.set(step, sha256(checkpoint));
          const metrics = world.read(KEYS.metrics(name, step));
          if (metrics !== undefined) {
            ownFigures.set(step, stepMetrics.parse(json(metrics)));
          }
          if (checkpoint === undefined && !('workers' in config))
            throw new Error(`there is no checkpoint ${step}`);
        }
        checkpoints.set(weights, own);
        figures.set(weights, ownFigures);
        await world.until([world.clock.sleep(MODEL_KNOWN_AFTER_MS)]);
        const asked = requestPrediction(world);
        await world.until([asked]);
        const answer = await asked;
        if (answer?.statusCode !== 200) throw new Error(`predict answers ${JSON.stringify(answer)}`);
        const { probabilities } = JSON.parse(answer.body) as { probabilities: number[] };
        predictions.set(own.get(config.iterations)!, probabilities);
        if (world.observer.violations.length > 0) throw new Error(world.observer.violations.join('\n'));
      }
    }
  } catch (error) {
    const trace = world.trace.lines.slice(-40).join('\n');
    throw new Error(`without any fault: ${(error as Error).message}\n${trace}`, { cause: error });
  } finally {
    world.end();
  }
  return { checkpoints, figures, predictions };
}
