/** What every run has to end with, whatever happens to it: found by running each config once without any fault. */

import { encodeWeights } from '../../../core/exchange/weights.ts';
import { Network } from '../../../core/model/network.ts';
import { sparseFromPixels } from '../../../core/rows/sparse-rows.ts';
import { decodeCheckpoint } from '../../../core/training/checkpoint.ts';
import { ENV } from '../../../functions/contract/environment.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { stepMetrics } from '../../../functions/schemas/documents.ts';
import { sha256 } from '../../../functions/store/sha256.ts';
import type { App, SimulatedFunction } from './app.ts';
import { CONFIG_SEEDS, type Config, configOf, ITERATIONS, KINDS, type Kind, weightsOf } from './configs.ts';
import { finish } from './executions.ts';
import type { Expected, Figures, Finished } from './expectation.ts';
import { json } from './observer.ts';
import { checkPrediction } from './readers.ts';
import { IMAGE } from './tiny-dataset.ts';
import { importedWeights, importOf } from './workloads/imports.ts';
import { World } from './world.ts';

/** Datasets, and of each run what is there when it is about to be promoted. */
const KEPT = new RegExp(`^(datasets/|runs/finished-.*/(config\\.json|.*0${ITERATIONS}\\.))`);
/** After a promotion; until then a warm function answers from the model before it. */
const MODEL_KNOWN_AFTER_MS = 10_000;

/** Whose runs are promoted in races. */
const RACING = ['chunks', 'shuffled', 'slow', 'rounds'] satisfies Kind[];
const OTHERS = ['pictures', 'pictureRounds'] satisfies Kind[];

/** In chunks of one step each of them has its checkpoint and its evaluation; in rounds those that every such run has. */
const toExpect = (kind: Kind, seed: number): Config =>
  configOf(
    kind,
    seed,
    'workers' in KINDS[kind] ? { evaluateEvery: 9 } : { chunkIterations: 1, evaluateEvery: 1 },
  );

/** @throws Error when even without faults something is wrong */
export async function findExpected(app: App): Promise<Expected> {
  const expected = {
    checkpoints: new Map<string, Map<number, string>>(),
    figures: new Map<string, Map<number, Figures>>(),
    predictions: new Map<string, number[]>(),
    finished: [] as Finished[],
    objects: new Map<string, Uint8Array>(),
    weights: new Map<number, Uint8Array>(),
  } satisfies Expected;
  // One world for all, whose functions are warm and whose dataset is there from the second run on.
  const world = new World(inOneExecution(app), 1, false);
  try {
    for (const seed of CONFIG_SEEDS) {
      const run = async (name: string, config: Config): Promise<void> => {
        await settle(world, finish(world, { machine: 'training', name, input: config }));
        keep(world, expected, name, weightsOf(config));
        await checkServed(world, expected);
      };
      for (const kind of RACING) {
        const config = toExpect(kind, seed);
        const name = `finished-${expected.finished.length + 1}`;
        await run(name, config);
        expected.finished.push({ name, weights: weightsOf(config) });
      }
      for (const kind of OTHERS) await run(`${kind}-${seed}`, toExpect(kind, seed));
      const [{ name: first }] = expected.finished.slice(-RACING.length) as [Finished];
      const trained = world.read(KEYS.checkpoint(first, ITERATIONS))!;
      expected.weights.set(seed, encodeWeights(decodeCheckpoint(trained).layers));
      const imported = importOf(`import-${seed}`, seed, expected);
      world.upload(imported.input.weights.key, expected.weights.get(seed)!);
      await settle(world, finish(world, imported));
      keep(world, expected, imported.name, importedWeights(seed));
      await checkServed(world, expected);
    }
    // What names others comes after them.
    const keys = world.keys().sort((a, b) => Number(a.endsWith('.json')) - Number(b.endsWith('.json')));
    for (const key of keys.filter((one) => KEPT.test(one))) expected.objects.set(key, world.read(key)!);
  } catch (error) {
    const trace = world.trace.lines.slice(-40).join('\n');
    throw new Error(`without any fault: ${(error as Error).message}\n${trace}`, { cause: error });
  } finally {
    world.end();
  }
  return expected;
}

/** The same app where one execution has room for all chunks of a run. */
function inOneExecution(app: App): App {
  const functions = [...app.functions].map(([arn, simulated]): [string, SimulatedFunction] => {
    const environment = { ...simulated.fn.environment };
    for (const name of [ENV.turnsPerExecution, ENV.roundsPerExecution]) {
      if (name in environment) environment[name] = String(ITERATIONS);
    }
    return [arn, { ...simulated, fn: { ...simulated.fn, environment } }];
  });
  return { ...app, functions: new Map(functions) };
}

type Known = {
  [Name in keyof Pick<Expected, 'checkpoints' | 'figures' | 'predictions'>]: Map<
    string,
    Expected[Name] extends ReadonlyMap<string, ReadonlyMap<number, infer Value>>
      ? Map<number, Value>
      : number[]
  >;
};

/** Takes over what the run has left at each of its steps. */
function keep(
  world: World,
  { checkpoints, figures, predictions }: Known,
  name: string,
  weights: string,
): void {
  const [own, ownFigures] = [new Map<number, string>(), new Map<number, Figures>()];
  for (let step = 0; step <= ITERATIONS; step++) {
    const checkpoint = world.read(KEYS.checkpoint(name, step));
    const metrics = world.read(KEYS.metrics(name, step));
    if (metrics !== undefined) ownFigures.set(step, stepMetrics.parse(json(metrics)));
    if (checkpoint === undefined) continue;
    const hash = sha256(checkpoint);
    own.set(step, hash);
    predictions.set(hash, predict(checkpoint));
  }
  checkpoints.set(weights, own);
  figures.set(weights, ownFigures);
}

/** What the checkpoint's network makes of the image. */
function predict(checkpoint: Uint8Array): number[] {
  const { architecture, layers } = decodeCheckpoint(checkpoint);
  const inputs = sparseFromPixels([IMAGE], IMAGE.length);
  return Array.from(new Network(architecture, layers).forward(inputs, Uint32Array.of(0)));
}

async function checkServed(world: World, expected: Expected): Promise<void> {
  await settle(world, world.clock.sleep(MODEL_KNOWN_AFTER_MS));
  if (!(await settle(world, checkPrediction(world, expected))))
    throw new Error('predict gives no prediction');
}

async function settle<T>(world: World, work: Promise<T>): Promise<T> {
  await world.until([work]);
  const { violations } = world.observer;
  if (violations.length > 0) throw new Error(violations.join('\n'));
  return work;
}
