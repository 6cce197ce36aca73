/** A batch of rows or of files while other versions are promoted: all of it by one version, each item once, in order. */
import { encodeSafetensors } from '../../../../core/bytes/safetensors.ts';
import { KEYS } from '../../../../functions/contract/keys.ts';
import { batchLine, batchPlan, batchSummary } from '../../../../functions/schemas/documents.ts';
import { ITERATIONS } from '../configs.ts';
import { finish } from '../executions.ts';
import type { Expected } from '../expectation.ts';
import { operate } from '../operators.ts';
import { IMAGE, MODEL } from '../tiny-dataset.ts';
import type { World } from '../world.ts';
import { insist, prepareEnded } from './races.ts';
import { checkRun, type Workload } from './workload.ts';

const NAME = 'batch';
const MOST_ITEMS = 11;
const MOST_PROMOTIONS = 3;
const STARTS_WITHIN = [1, 20_000] as const;
const OPERATES_EVERY = [1_000, 30_000] as const;
/** Longer than a piece of a stream, and no picture. */
const FILE_BYTES = 200;

export function batches(world: World, expected: Expected): Workload {
  const { scenario, clock } = world;
  const finished = scenario.shuffled(expected.finished).slice(0, 1 + scenario.below(MOST_PROMOTIONS));
  const runs = finished.map((one) => prepareEnded(world, expected, one, 'always'));
  const items = 1 + scenario.below(MOST_ITEMS);
  const prefix = KEYS.batchInputPrefix(NAME);
  const isRows = scenario.chance(0.7);
  if (isRows) world.upload(`${prefix}rows`, rows(items));
  else
    for (let item = 0; item < items; item++)
      world.upload(fileOf(item), new Uint8Array(FILE_BYTES).fill(item));
  const input = { model: MODEL, ...(isRows ? { file: `${prefix}rows` } : { prefix }) };
  let isOver = false;
  return {
    runs: runs.length,
    isGated: true,
    async work() {
      const [first, ...others] = runs;
      await insist(world, 'promote-model', first!.promote);
      const operator = scenario.chance(0.5) ? operate(world, OPERATES_EVERY, () => isOver) : undefined;
      const promotions = others.map(async ({ promote }) => {
        await clock.sleep(scenario.spread(...STARTS_WITHIN));
        await insist(world, 'promote-model', promote);
      });
      // Whoever deletes the version that a batch is planned with ends the batch; of its parts the Map says that one failed.
      const mayFail = (error: string) =>
        (error === 'NotFoundError' && world.observer.deleted.size > 0) ||
        (error.startsWith('States.ExceedToleratedFailure') && isPlannedVersionGone(world));
      await finish(world, { machine: 'batch', name: NAME, input }, mayFail);
      isOver = true;
      await Promise.all([...promotions, operator]);
    },
    check() {
      for (const { name } of runs) checkRun(world, name, ITERATIONS);
      checkBatch(world, expected, items, isRows);
    },
  };
}

function isPlannedVersionGone(world: World): boolean {
  if (world.read(KEYS.batchPlan(NAME)) === undefined) return false;
  const { version } = batchPlan.parse(world.readJson(KEYS.batchPlan(NAME)));
  return !world.observer.hasVersion(MODEL, version);
}

const fileOf = (item: number) => `${KEYS.batchInputPrefix(NAME)}file-${String(item).padStart(2, '0')}`;

function rows(items: number): Uint8Array {
  const x = Uint8Array.from(Array.from({ length: items }, () => IMAGE).flat());
  return encodeSafetensors(
    new Map([['x', { dtype: 'U8', shape: [items, IMAGE.length], data: x }]]),
    new Map(),
  );
}

function checkBatch(world: World, expected: Expected, items: number, isRows: boolean): void {
  const { observer } = world;
  const check = (holds: boolean, text: string) => {
    if (!holds) observer.violation(`${NAME}: ${text}`);
  };
  const stored = world.read(KEYS.batchSummary(NAME));
  const plan = batchPlan.safeParse(world.readJson(KEYS.batchPlan(NAME))).data;
  if (stored === undefined || plan === undefined) {
    check(observer.deleted.size > 0, 'there is no summary');
    return;
  }
  const summary = batchSummary.parse(world.readJson(KEYS.batchSummary(NAME)));
  const text = Buffer.from(world.read(summary.predictions) ?? []).toString();
  const lines = text
    .split('\n')
    .slice(0, -1)
    .map((line) => batchLine.parse(JSON.parse(line)));
  check(lines.length === items && summary.items === items, `${lines.length} lines of ${items} items`);
  const failed = isRows ? 0 : items;
  check(summary.failed === failed && summary.predicted === items - failed, `${summary.failed} failed`);
  const version = observer.versions.get(KEYS.version(MODEL, plan.version));
  const wanted = JSON.stringify(expected.predictions.get(version?.checkpoint.sha256 ?? ''));
  check(summary.version === plan.version, `version ${summary.version}, planned ${plan.version}`);
  for (const [item, line] of lines.entries()) {
    check(line.item === (isRows ? item : fileOf(item)), `line ${item} is of ${line.item}`);
    const isRight = isRows
      ? 'probabilities' in line && JSON.stringify(line.probabilities) === wanted
      : 'error' in line;
    check(isRight, `item ${item} is ${JSON.stringify(line)}, version ${plan.version} says ${wanted}`);
  }
}
