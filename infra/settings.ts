/** Everything an operator can choose with `-c key=value`, read and checked before anything is made of it. */
import type { App } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { closest, distance } from 'fastest-levenshtein';
import { ENV } from '../functions/contract/environment.ts';
import { GB_SECOND } from '../functions/contract/prices.ts';
import { COSTS, type CostSettings, readCosts } from './settings/costs.ts';
import { DATA, type DataSettings, readData } from './settings/data.ts';
import { Given, type Setting, SettingError } from './settings/reader.ts';
import { readServing, SERVING, type ServingSettings } from './settings/serving.ts';
import { readSizes, SIZES, type SizeSettings } from './settings/sizes.ts';
import { readWatching, WATCHING, type WatchingSettings } from './settings/watching.ts';

/** Every `-c <setting>=<value>`. docs/deploy.md shows this table. */
export const SETTINGS = {
  name: {
    example: 'stepnet',
    meaning:
      'prefix of the names of the five stacks: `<name>-storage`, `-training`, `-serving`, `-batch` and `-sweep`',
    otherwise: '`stepnet`',
  },
  ...SERVING,
  ...DATA,
  ...SIZES,
  ...WATCHING,
  ...COSTS,
} as const satisfies Record<string, Setting>;

export interface Settings
  extends ServingSettings,
    DataSettings,
    SizeSettings,
    WatchingSettings,
    CostSettings {
  /** Prefix of the stacks' names. */
  name: string;
}

/** What stacks are made from. */
export type StackSettings = Settings & { bucket: IBucket };

/** The environment of functions that charge for what is used: prices that are not those of the list. */
export function pricesEnvironment({
  architecture,
  prices,
}: Pick<Settings, 'architecture' | 'prices'>): Record<string, string> {
  const own = {
    ...(architecture === 'arm64' ? {} : { lambdaGbSecond: GB_SECOND[architecture].dollars }),
    ...prices,
  };
  return Object.keys(own).length === 0 ? {} : { [ENV.prices]: JSON.stringify(own) };
}

/** The environment of functions that check configs: what those have that train them. */
export const memoryEnvironment = ({ trainMemoryMb }: Pick<Settings, 'trainMemoryMb'>) => ({
  [ENV.trainMemoryMb]: String(trainMemoryMb),
});

/** What the CDK itself keeps in the context has a colon, or begins with @. */
const OF_CDK = /^@|:/;
/** Slips in a name that it is still told by. */
const MOST_SLIPS = 3;

/** A name that is misspelt would leave the setting as it is without it: `-c atuh=none` an endpoint that nobody can call. */
function checkNames(app: App): void {
  const names = Object.keys(SETTINGS);
  const given = Object.keys((app.node.getAllContext() ?? {}) as Record<string, unknown>);
  const unknown = given.find((key) => !OF_CDK.test(key) && !names.includes(key));
  if (unknown === undefined) return;
  const near = closest(unknown, names);
  const advice =
    distance(unknown, near) <= MOST_SLIPS ? `did you mean ${near}?` : `known are ${names.join(', ')}`;
  throw new SettingError(`-c ${unknown}: unknown, ${advice}`);
}

/** @throws SettingError naming the context key, its value and what is allowed */
export function readSettings(app: App): Settings {
  checkNames(app);
  const given = new Given<keyof typeof SETTINGS>(app);
  const allowed = 'a letter, then at most 40 letters, digits or dashes';
  return {
    name: given.matching('name', /^[A-Za-z][A-Za-z0-9-]{0,40}$/, allowed) ?? 'stepnet',
    ...readServing(given),
    ...readData(given),
    ...readSizes(given),
    ...readWatching(given),
    ...readCosts(given),
  };
}
