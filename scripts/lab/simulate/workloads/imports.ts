/** Weights that were trained before become versions. */
import { KEYS } from '../../../../functions/contract/keys.ts';
import { sha256 } from '../../../../functions/store/sha256.ts';
import { CONFIG_SEEDS, type Config, configOf } from '../configs.ts';
import { finish, type Job } from '../executions.ts';
import type { Expected } from '../expectation.ts';
import type { World } from '../world.ts';
import { checkRun, type Workload } from './workload.ts';

const MOST_IMPORTS = 3;
/** Of the files, those that somebody has replaced by another one after it was named. */
const REPLACED = 0.4;
const STARTS_WITHIN = [1, 20_000] as const;

/** Names what a run of imported weights has. */
export const importedWeights = (seed: number): string => `imported, seed ${seed}`;

export interface ImportJob extends Job {
  input: { config: Config; weights: { key: string; sha256: string } };
}

export function importOf(name: string, seed: number, { weights }: Pick<Expected, 'weights'>): ImportJob {
  const key = KEYS.importedWeights(name, 'safetensors');
  const file = { key, sha256: sha256(weights.get(seed)!) };
  return { machine: 'import', name, input: { config: configOf('chunks', seed), weights: file } };
}

export function imports(world: World, expected: Expected): Workload {
  const { scenario, clock, observer } = world;
  const jobs = Array.from({ length: 1 + scenario.below(MOST_IMPORTS) }, (_, index) => {
    const seed = scenario.pick(CONFIG_SEEDS);
    const job = importOf(`import-${index + 1}`, seed, expected);
    observer.weights.set(job.name, importedWeights(seed));
    const other = CONFIG_SEEDS.find((one) => one !== seed)!;
    const put = (one: number) => world.upload(job.input.weights.key, expected.weights.get(one)!);
    return { job, put: () => put(seed), putOther: () => put(other), isReplaced: scenario.chance(REPLACED) };
  });
  return {
    runs: jobs.length,
    isGated: false,
    async work() {
      await Promise.all(
        jobs.map(async ({ job, put, putOther, isReplaced }) => {
          await clock.sleep(scenario.spread(...STARTS_WITHIN));
          if (isReplaced) {
            putOther();
            const isImported = await finish(world, job, (error) => error === 'IntegrityError');
            if (isImported) observer.violation(`${job.name} imports another file than it names`);
          }
          put();
          await finish(world, job);
        }),
      );
    },
    check() {
      for (const { job } of jobs) checkRun(world, job.name, 0);
    },
  };
}
