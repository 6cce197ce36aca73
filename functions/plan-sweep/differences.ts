/** What a sweep tries: every combination of a grid, or a random sample of a space. */

import { ConfigError } from '../../core/errors.ts';
import { exp, log } from '../../core/math/elementary.ts';
import { multiplyHigh } from '../../core/random/philox.ts';
import { drawWord, PURPOSE } from '../../core/random/streams.ts';
import { isLoss } from '../../core/training/metric.ts';
import { jobInputSchema } from '../schemas/config.ts';
import { unknownName } from '../schemas/near-miss.ts';
import { MAX_SWEEP_CONFIGS, type Range, type SweepInput } from '../schemas/sweep.ts';
import { canonicalJson } from '../store/json.ts';

export type Differences = SweepInput['config'];

const TRAINED_ALONE = 'the runs of a sweep train beside each other, each of them in chunks';
/** Fields of a config that all runs of a sweep share, and why. */
const SHARED: Readonly<Record<string, string>> = {
  dataset: 'runs on different data cannot be compared',
  model: 'a sweep promotes one model',
  promotion: 'a sweep promotes one model',
  maxDollars: "the runs share the sweep's maxDollars",
  workers: TRAINED_ALONE,
  localIterations: TRAINED_ALONE,
};
const FIELDS = Object.keys(jobInputSchema.shape).filter((field) => !Object.hasOwn(SHARED, field));
/** They have no numbers between two others. */
const OF_LAYERS = ['layers', 'hidden'];
/** Draws of which none is new before the space counts as used up. */
const DRAWS_IN_VAIN = 1000;
/** Of drawn numbers: people read them, and no machine's last bit matters. */
const DIGITS = 6;

/** @throws ConfigError naming the field and what is allowed */
export function differencesOf(input: SweepInput): Differences[] {
  const { grid, random } = input;
  const where = grid === undefined ? 'sweep.random.space' : 'sweep.grid';
  const fields = Object.keys(grid ?? random!.space);
  if (fields.length === 0) throw new ConfigError(`${where}: got no fields, expected at least one`);
  for (const field of fields) checkField(`${where}.${field}`, field, input);
  const lists = Object.entries(grid ?? random!.space);
  for (const [field, list] of lists) {
    if (Array.isArray(list)) checkDistinct(`${where}.${field}`, list);
    else if (OF_LAYERS.includes(field)) {
      throw new ConfigError(`${where}.${field}: got a range, expected a list of layers to try`);
    }
  }
  return grid === undefined ? sample(random!) : combinations(grid);
}

function checkField(where: string, field: string, { config, metric }: SweepInput): void {
  const why = SHARED[field];
  if (why !== undefined) throw new ConfigError(`${where}: ${why}`);
  if (!FIELDS.includes(field)) {
    throw new ConfigError(`${where}: ${unknownName(field, FIELDS)}`);
  }
  if (field === 'iterations' && config.epochs !== undefined) {
    throw new ConfigError(`${where}: sweep.config.epochs is given, and iterations mean nothing beside it`);
  }
  if (field === 'loss' && metric !== undefined && isLoss(metric)) {
    throw new ConfigError(`${where}: different losses cannot be compared by sweep.metric ${metric}`);
  }
}

function checkDistinct(where: string, list: readonly unknown[]): void {
  const seen = new Set<string>();
  for (const value of list) {
    const text = canonicalJson(value);
    if (seen.has(text)) throw new ConfigError(`${where}: got ${text} twice, expected different values`);
    seen.add(text);
  }
}

/** In the order of nested loops over the fields as they are given: the last one changes first. */
function combinations(grid: NonNullable<SweepInput['grid']>): Differences[] {
  const size = Object.values(grid).reduce((product, list) => product * list.length, 1);
  if (size > MAX_SWEEP_CONFIGS) {
    throw new ConfigError(`sweep.grid: got ${size} combinations, expected at most ${MAX_SWEEP_CONFIGS}`);
  }
  return Object.entries(grid).reduce<Differences[]>(
    (found, [field, list]) => found.flatMap((some) => list.map((value) => ({ ...some, [field]: value }))),
    [{}],
  );
}

/** Each draw is a function of seed, its number and the field's place in the order of names; equal ones are left out. */
function sample({ samples, seed, space }: NonNullable<SweepInput['random']>): Differences[] {
  const fields = Object.entries(space).sort(([a], [b]) => (a < b ? -1 : 1));
  const found = new Map<string, Differences>();
  for (let draw = 0, inVain = 0; found.size < samples; draw++) {
    if (inVain++ === DRAWS_IN_VAIN) {
      throw new ConfigError(
        `sweep.random.samples: got ${samples}, expected fewer: the space seems to have only ${found.size} different ones`,
      );
    }
    const drawn = fields.map(([field, from], lane): [string, unknown] => {
      const word = drawWord(seed, PURPOSE.sweep, draw, lane);
      return [
        field,
        Array.isArray(from) ? from[multiplyHigh(word, from.length)] : within(from as Range, word),
      ];
    });
    const differences = Object.fromEntries(drawn);
    const text = canonicalJson(differences);
    if (found.has(text)) continue;
    found.set(text, differences);
    inVain = 0;
  }
  return [...found.values()];
}

/** @param word uniform below 2^32 */
function within({ min, max, log: isLog, integer }: Range, word: number): number {
  const share = word / 0x1_0000_0000;
  if (integer && !isLog) return min + Math.floor(share * (max - min + 1));
  const value = isLog ? exp(log(min) + share * (log(max) - log(min))) : min + share * (max - min);
  const short = integer ? Math.round(value) : Number(value.toPrecision(DIGITS));
  return Math.min(max, Math.max(min, short));
}
