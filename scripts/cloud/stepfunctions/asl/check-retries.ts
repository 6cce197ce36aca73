/** What Step Functions refuses of Retry and Catch ("Handling errors in workflows", Developer Guide). */
import { type Fields, isFields } from './definition.ts';
import type { State } from './run.ts';
import { MOST_SECONDS } from './waits.ts';

const MOST_DELAY = 31_622_400;

/** What a retrier's numbers may be. */
const RANGES: Record<string, { least: number; most: number; isWhole: boolean }> = {
  IntervalSeconds: { least: 1, most: MOST_SECONDS, isWhole: true },
  MaxAttempts: { least: 0, most: MOST_SECONDS, isWhole: true },
  BackoffRate: { least: 1, most: Number.MAX_VALUE, isWhole: false },
  MaxDelaySeconds: { least: 1, most: MOST_DELAY - 1, isWhole: true },
};

export function retryProblems(state: State): string[] {
  return (['Retry', 'Catch'] as const).flatMap((field) => {
    const rules: unknown = state[field];
    if (rules === undefined) return [];
    if (!['Task', 'Map', 'Parallel'].includes(state.Type)) return [`${field} in a ${state.Type} state`];
    if (!Array.isArray(rules) || !rules.every(isFields)) return [`${field}: no list of rules`];
    return (rules as Fields[]).flatMap((rule, index) => [
      ...errorProblems(rule.ErrorEquals, index === rules.length - 1).map((problem) => `${field}: ${problem}`),
      ...(field === 'Retry' ? numberProblems(rule) : []),
      ...(field === 'Catch' && typeof rule.Next !== 'string' ? ['Catch: a rule without Next'] : []),
    ]);
  });
}

function errorProblems(names: unknown, isLast: boolean): string[] {
  if (!Array.isArray(names) || names.length === 0) return ['ErrorEquals names no error'];
  if (!names.every((name) => typeof name === 'string')) return ['ErrorEquals has what is no name'];
  if (!names.includes('States.ALL')) return [];
  if (names.length > 1) return ['States.ALL beside other errors'];
  return isLast ? [] : ['States.ALL before the last rule'];
}

function numberProblems(rule: Fields): string[] {
  const problems = Object.entries(RANGES).flatMap(([field, { least, most, isWhole }]) => {
    const value = rule[field];
    const isRight =
      typeof value === 'number' && value >= least && value <= most && (!isWhole || Number.isInteger(value));
    return value === undefined || isRight ? [] : [`Retry: ${field} ${JSON.stringify(value)}`];
  });
  const { JitterStrategy } = rule;
  if (JitterStrategy !== undefined && JitterStrategy !== 'FULL' && JitterStrategy !== 'NONE') {
    problems.push(`Retry: JitterStrategy ${JSON.stringify(JitterStrategy)}, expected FULL or NONE`);
  }
  return problems;
}
