/** Everything an operator can choose with `-c key=value`, read and checked in one place. */
import type { App } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { closest, distance } from 'fastest-levenshtein';
import { ENV } from '../functions/contract/environment.ts';
import { MB_PER_VCPU, TRAIN_MEMORY_MB } from '../functions/contract/functions.ts';
import { AT_ONCE, MAX_WORKERS } from '../functions/contract/limits.ts';
import { PRICE_NAMES, type PriceName } from '../functions/contract/prices.ts';
import type { BudgetSettings } from './budget.ts';

/**
 * Every `-c <setting>=<value>`: an example of a value, what it means, and what holds without it. docs/deploy.md shows this
 * table.
 */
export const SETTINGS = {
  name: {
    example: 'stepnet',
    meaning:
      'prefix of the names of the five stacks: `<name>-storage`, `-training`, `-serving`, `-batch` and `-sweep`',
    otherwise: '`stepnet`',
  },
  auth: {
    example: 'jwt',
    meaning: 'who may call the endpoint: `iam` for signed requests, `jwt` for tokens, `none` for everybody',
    otherwise: '`iam`',
  },
  jwtIssuer: {
    example: 'https://issuer.example',
    meaning: 'who issues the tokens; with `auth=jwt`',
    otherwise: '–',
  },
  jwtAudience: {
    example: 'stepnet',
    meaning: 'whom the tokens are for, several with commas between; with `auth=jwt`',
    otherwise: '–',
  },
  removal: {
    example: 'destroy',
    meaning: '`destroy` deletes the bucket together with its stack, `retain` keeps it',
    otherwise: '`retain`',
  },
  trainMemory: {
    example: `${2 * MB_PER_VCPU}`,
    meaning: `MB of the functions that train, ${TRAIN_MEMORY_MB.least} to ${TRAIN_MEMORY_MB.most}. Each ${MB_PER_VCPU} MB give one vCPU and so one thread`,
    otherwise: `${TRAIN_MEMORY_MB.default}`,
  },
  workersAtOnce: {
    example: '20',
    meaning: `functions that a data-parallel round runs at a time, 1 to ${MAX_WORKERS}. Keep it below the account's concurrency, which predictions need, too`,
    otherwise: `${AT_ONCE.workers}`,
  },
  alarmTopic: {
    example: 'arn:aws:sns:eu-west-1:123456789012:alarms',
    meaning: 'the SNS topic that alarms are sent to',
    otherwise: 'you see alarms only in CloudWatch',
  },
  alarms: {
    example: 'off',
    meaning:
      '`on` or `off`. Alarms are paid for by the month ([cost.md](cost.md#at-rest)); without them nothing ends the trial of a bad candidate',
    otherwise: '`on`',
  },
  prices: {
    example: `'{"s3Read":0}'`,
    meaning: 'US dollars that replace those of the price list, by name ([cost.md](cost.md))',
    otherwise: 'list prices',
  },
  budget: {
    example: '5',
    meaning:
      'US dollars of a monthly AWS Budget over what carries the tag `application`. Activate that tag for cost allocation in your account',
    otherwise: 'no budget',
  },
  budgetEmail: {
    example: 'you@example.org',
    meaning: 'whom the budget writes to; with `budget`',
    otherwise: '–',
  },
} as const;
type SettingName = keyof typeof SETTINGS;

export type Auth = { kind: 'iam' } | { kind: 'none' } | { kind: 'jwt'; issuer: string; audience: string[] };

export interface Settings {
  /** Prefix of the stacks' names. */
  name: string;
  /** Who may call the HTTP API. */
  auth: Auth;
  /** Delete the bucket with its stack. */
  destroyData: boolean;
  /** Memory of train-chunk in MB; Lambda gives CPU in proportion. */
  trainMemoryMb: number;
  /** Workers of a data-parallel run that train at a time. */
  workersAtOnce: number;
  /** Whether there are alarms at all. */
  hasAlarms: boolean;
  /** ARN of an SNS topic that alarms are sent to; without one they are only seen in CloudWatch. */
  alarmTopic: string | undefined;
  /** US dollars that replace those of functions/contract/prices.ts, by name. */
  prices: Partial<Record<PriceName, number>> | undefined;
  budget: BudgetSettings | undefined;
}

/** What stacks are made from. */
export type StackSettings = Settings & { bucket: IBucket };

/** The environment of functions that charge for what is used. */
export const pricesEnvironment = (prices: Settings['prices']): Record<string, string> =>
  prices === undefined ? {} : { [ENV.prices]: JSON.stringify(prices) };

/** A setting is wrong, or there is none of its name; the message says what is allowed. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
}

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
  const context = (key: SettingName): string | undefined => {
    const value: unknown = app.node.tryGetContext(key);
    if (value === undefined || value === '') return undefined;
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  };
  const fail = (key: SettingName, allowed: string): never => {
    throw new SettingError(`-c ${key}=${context(key) ?? ''}: expected ${allowed}`);
  };

  const name = context('name') ?? 'stepnet';
  if (!/^[A-Za-z][A-Za-z0-9-]{0,40}$/.test(name)) {
    fail('name', 'a letter, then at most 40 letters, digits or dashes');
  }
  const removal = context('removal') ?? 'retain';
  if (removal !== 'retain' && removal !== 'destroy') fail('removal', 'retain or destroy');
  const whole = (key: SettingName, otherwise: number, least: number, most: number, what: string): number => {
    const value = Number(context(key) ?? otherwise);
    const isAllowed = Number.isInteger(value) && value >= least && value <= most;
    return isAllowed ? value : fail(key, `a whole number of ${what} from ${least} to ${most}`);
  };
  const memory = TRAIN_MEMORY_MB;
  const alarmTopic = context('alarmTopic');
  if (alarmTopic !== undefined && !/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/.test(alarmTopic)) {
    fail('alarmTopic', "an SNS topic's ARN");
  }
  const alarms = context('alarms') ?? 'on';
  if (alarms !== 'on' && alarms !== 'off') fail('alarms', 'on or off');
  if (alarms === 'off' && alarmTopic !== undefined) fail('alarmTopic', 'nothing with alarms=off');
  const readAuth = (): Auth => {
    const kind = context('auth') ?? 'iam';
    if (kind === 'iam' || kind === 'none') {
      for (const key of ['jwtIssuer', 'jwtAudience'] as const) {
        if (context(key) !== undefined) fail(key, 'nothing without auth=jwt');
      }
      return { kind };
    }
    if (kind !== 'jwt') return fail('auth', 'iam, none or jwt');
    const issuer = context('jwtIssuer') ?? fail('jwtIssuer', "the issuer's https URL, with auth=jwt");
    const audience = context('jwtAudience') ?? fail('jwtAudience', 'the audience, with auth=jwt');
    if (!issuer.startsWith('https://')) fail('jwtIssuer', 'an https URL');
    const audiences = audience.split(',').map((part) => part.trim());
    if (audiences.includes('')) fail('jwtAudience', 'one audience or several with commas between');
    return { kind, issuer, audience: audiences };
  };
  const readPrices = (): Settings['prices'] => {
    const text = context('prices');
    if (text === undefined) return undefined;
    const allowed = `JSON with dollars of 0 or more for some of ${PRICE_NAMES.join(', ')}`;
    let prices: unknown;
    try {
      prices = JSON.parse(text);
    } catch {
      return fail('prices', allowed);
    }
    if (typeof prices !== 'object' || prices === null || Array.isArray(prices))
      return fail('prices', allowed);
    for (const [key, value] of Object.entries(prices)) {
      const isKnown = PRICE_NAMES.some((price) => price === key);
      if (!isKnown || typeof value !== 'number' || value < 0) fail('prices', allowed);
    }
    return prices;
  };
  const readBudget = (): BudgetSettings | undefined => {
    const [text, email] = [context('budget'), context('budgetEmail')];
    if (text === undefined)
      return email === undefined ? undefined : fail('budgetEmail', 'nothing without budget');
    const dollars = Number(text);
    if (!(dollars > 0 && dollars < 1e9)) fail('budget', 'US dollars a month, above 0');
    if (email === undefined || !/^[^@\s]+@[^@\s]+$/.test(email)) {
      return fail('budgetEmail', 'an e-mail address, with budget');
    }
    return { dollars, email };
  };
  return {
    name,
    auth: readAuth(),
    destroyData: removal === 'destroy',
    trainMemoryMb: whole('trainMemory', memory.default, memory.least, memory.most, 'MB'),
    workersAtOnce: whole('workersAtOnce', AT_ONCE.workers, 1, MAX_WORKERS, 'workers'),
    hasAlarms: alarms === 'on',
    alarmTopic,
    prices: readPrices(),
    budget: readBudget(),
  };
}
