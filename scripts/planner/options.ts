/** The command's options. */
import { ARCHITECTURES, type ArchitectureName, TRAIN_MEMORY_MB } from '../../functions/contract/functions.ts';
import { MAX_WORKERS } from '../../functions/contract/limits.ts';
import { parseJson } from '../../functions/schemas/parse-json.ts';
import { checkName, type Options, orUsageError, texts, UsageError, wholeNumber } from '../cli/arguments.ts';
import { TARGET_OPTIONS } from '../client/target.ts';
import { AWS, type Platform } from './platform.ts';

export const HELP = `npm run plan -- [options]
  --config FILE    the run's config as JSON (default: the textbook job; with --run that run's)
  --memory LIST    MB of the functions that train (default 1024,1769,3538,5307,7076,8845)
  --architecture NAME  what the functions run on, as deployed with -c architecture: arm64 (default) or x86_64
  --workers LIST   numbers of data-parallel workers, 1 for the sequential run (default 1,2,4,8,16)
  --run ID         also shows what would have been estimated for this run beside what it recorded
  --stack NAME     runs and datasets in the cloud: the name the app was deployed under (default: the local cloud, where one runs)
  --data FOLDER    the local cloud's data folder (default .stepnet)
  --fresh          measure the speed here even where a run of the same shape has recorded it
  --seconds N      how long that is measured (default 2)
  --rows N, --test-rows N   rows of a dataset that neither bucket nor catalogue know, or instead of what they know
  --density D      share of a sample's inputs that are not zero (default 0.191 for bytes as MNIST's, 0.18 for tables)
  --prices JSON    prices instead of the list's, in the form of cdk deploy -c prices=…
  --platform JSON  what AWS takes besides arithmetic, instead of scripts/planner/platform.ts: '{"transitionMs":50}';
                   concurrency is what was deployed with -c workersAtOnce
  --json           all of it as JSON
  --measure        instead: the figures of docs/scaling.md, measured on this machine (minutes)`;

export const OPTIONS = {
  ...TARGET_OPTIONS,
  config: { type: 'string' },
  memory: { type: 'string', default: '1024,1769,3538,5307,7076,8845' },
  architecture: { type: 'string', default: ARCHITECTURES[0] },
  workers: { type: 'string', default: '1,2,4,8,16' },
  run: { type: 'string' },
  fresh: { type: 'boolean', default: false },
  seconds: { type: 'string', default: '2' },
  ...texts('rows', 'test-rows', 'density'),
  prices: { type: 'string', default: '' },
  platform: { type: 'string', default: '{}' },
  json: { type: 'boolean', default: false },
  measure: { type: 'boolean', default: false },
} as const;

/** `prices` as functions/schemas/prices.ts reads them. */
export type PlanOptions = ReturnType<typeof readOptions>;

const MOST_ROWS = 1e12;

/** @throws UsageError naming the option, its value and what is allowed */
export function readOptions(options: Options<typeof OPTIONS>, words: string[]) {
  if (words.length > 0) throw new UsageError(`got ${words.join(' ')}, expected options alone\n${HELP}`);
  const { run, config, stack, data, fresh, prices, json, measure } = options;
  checkName('--run', run);
  const numberOr = (name: 'rows' | 'test-rows') => {
    const text = options[name];
    return text === undefined ? undefined : wholeNumber(`--${name}`, text, 1, MOST_ROWS);
  };
  return {
    ...{ run, config, stack, data, fresh, prices, json, measure },
    memories: list('memory', options.memory, TRAIN_MEMORY_MB.least, TRAIN_MEMORY_MB.most),
    architecture: readArchitecture(options.architecture),
    workers: list('workers', options.workers, 1, MAX_WORKERS),
    seconds: number('seconds', options.seconds, 0.01, 600),
    rows: numberOr('rows'),
    testRows: numberOr('test-rows'),
    density: options.density === undefined ? undefined : number('density', options.density, 0.0001, 1),
    platform: readPlatform(options.platform),
  };
}

function readArchitecture(text: string): ArchitectureName {
  const known = ARCHITECTURES.find((name) => name === text);
  if (known !== undefined) return known;
  throw new UsageError(`--architecture: got ${JSON.stringify(text)}, expected ${ARCHITECTURES.join(' or ')}`);
}

const list = (name: string, text: string, least: number, most: number): number[] =>
  [...new Set(text.split(',').map((part) => wholeNumber(`--${name}`, part.trim(), least, most)))].sort(
    (a, b) => a - b,
  );

function number(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw new UsageError(`--${name}: got ${JSON.stringify(text)}, expected a number from ${least} to ${most}`);
}

/** Of the figures, those that are numbers can be replaced. */
function readPlatform(json: string): Platform {
  const allowed = Object.entries(AWS).flatMap(([name, value]) => (Number.isFinite(value) ? [name] : []));
  const given: unknown = orUsageError(() => parseJson(json), `--platform: got ${json}, expected JSON`);
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new UsageError(`--platform: got ${json}, expected an object`);
  }
  for (const [name, value] of Object.entries(given)) {
    if (allowed.includes(name) && typeof value === 'number' && value >= 0) continue;
    throw new UsageError(
      `--platform: got ${JSON.stringify({ [name]: value })}, expected numbers from 0 for some of ${allowed.join(', ')}`,
    );
  }
  return { ...AWS, ...given };
}
