/** `npm run recipes`: what the recipes of docs/recipes reach over several seeds, and how long they train here. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { type Options, texts, UsageError, wholeNumber } from '../cli/arguments.ts';
import { runCommand } from '../cli/command.ts';
import { mnistFolder } from '../cloud/mnist-mirror.ts';
import { readMnistRows } from '../support/mnist-rows.ts';
import { startedKernels } from '../support/started-kernels.ts';
import { mean, median, standardDeviation } from '../support/statistics.ts';
import { describeMachine } from './bench/machine.ts';
import { allRecipes, digestOf, FOLDER, type RecipeFile, readRecipe } from './recipes/files.ts';
import { fillRecipesTable, type RecordedRecipe, type RecordedRecipes } from './recipes/recorded.ts';
import { trainSeeds } from './recipes/train-seeds.ts';

const HELP = `npm run recipes -- [FILE ...] [options]
  FILE             recipes to train (default: all of docs/recipes whose data is here)
  --seeds N        seeds, from 0 on (default 10)
  --threads N      threads that train (default: the machine's processors, 2 at most)
  --images FOLDER  the four IDX files, uncompressed and called as MNIST's are, of recipes whose dataset is not MNIST
  --write          keeps the figures in scripts/lab/recipes/recorded.json and makes the table of docs/recipes.md of
                   them; recipes that are not trained keep theirs
  --json           the figures as JSON on standard output; progress goes to standard error`;

const OPTIONS = {
  ...texts('seeds', 'threads', 'images'),
  write: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

const MOST_SEEDS = 999;
/** What the functions that train have in AWS: one vCPU. */
const MEMORY_MB = 1769;
const MNIST = 'mnist';
const PLAN = join(import.meta.dirname, '../commands/plan.ts');
const RECORDED = join(import.meta.dirname, 'recipes/recorded.json');
const PAGE = join(import.meta.dirname, '../../docs/recipes.md');

async function main(chosen: Options<typeof OPTIONS>, files: string[]): Promise<number> {
  const processors = availableParallelism();
  const seeds = wholeNumber('--seeds', chosen.seeds ?? '10', 1, MOST_SEEDS);
  const threads = wholeNumber('--threads', chosen.threads ?? String(Math.min(2, processors)), 1, processors);
  const show = chosen.json ? console.error : console.log;
  const elsewhere = files.find((file) => resolve(file, '..') !== FOLDER);
  if (chosen.write && elsewhere !== undefined) {
    throw new UsageError(
      `--write: got ${elsewhere}, expected recipes of docs/recipes, which the table is of`,
    );
  }
  const recorded = JSON.parse(readFileSync(RECORDED, 'utf8')) as RecordedRecipes;
  const measured: RecordedRecipes = {};
  // Once: before the next recipe the load is this command's own.
  const { cpu, loadBefore } = describeMachine();
  for (const recipe of files.length === 0 ? allRecipes() : files.map(readRecipe)) {
    const folder = recipe.dataset === MNIST ? mnistFolder() : chosen.images;
    if (folder === undefined) {
      if (files.length > 0)
        throw new UsageError(`${basename(recipe.file)}: expected --images with ${recipe.dataset}`);
      show(`${recipe.name}: not measured, as its dataset ${recipe.dataset} is not here`);
      continue;
    }
    measured[recipe.name] = { ...(await measure(recipe, folder, seeds, threads, show)), cpu, loadBefore };
    // Each is kept as it comes, since all of them take long.
    if (chosen.write) write({ ...recorded, ...measured });
  }
  if (chosen.json) console.log(JSON.stringify(measured, null, 2));
  return 0;
}

async function measure(
  { name, network, config, file }: RecipeFile,
  folder: string,
  seeds: number,
  threads: number,
  show: (line: string) => void,
): Promise<Omit<RecordedRecipe, 'cpu' | 'loadBefore'>> {
  show(`${name}: ${network}`);
  const results = trainSeeds(config, readMnistRows(folder), seeds, await startedKernels(threads), (one) => {
    show(`  seed ${one.seed}: ${one.accuracy.toFixed(4)} in ${one.seconds.toFixed(1)} s`);
  });
  const accuracies = results.map(({ accuracy }) => accuracy);
  show(`  ${mean(accuracies).toFixed(4)} ± ${standardDeviation(accuracies).toFixed(4)}`);
  const options = ['--config', file, '--memory', String(MEMORY_MB), '--workers', '1', '--fresh', '--json'];
  const planned = execFileSync(process.execPath, [PLAN, ...options], { encoding: 'utf8' });
  const { dollars, seconds } = (JSON.parse(planned) as Plan).answers[0]!;
  return {
    ...{ config: digestOf(file), date: new Date().toISOString().slice(0, 10), threads, accuracies },
    seconds: median(results.map((one) => one.seconds)),
    lambda: { dollars, seconds },
  };
}

interface Plan {
  answers: { dollars: number; seconds: number }[];
}

function write(recorded: RecordedRecipes): void {
  writeFileSync(RECORDED, `${JSON.stringify(recorded, null, 2)}\n`);
  writeFileSync(PAGE, fillRecipesTable(readFileSync(PAGE, 'utf8'), allRecipes(), recorded));
}

runCommand(HELP, OPTIONS, main);
