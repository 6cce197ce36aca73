/** Which seeds find the mistakes that the simulation has to find. */
import { loadApp } from './app.ts';
import type { Expected } from './expectation.ts';
import { MISTAKES, type Mistake, MOST_SEEDS } from './mistakes.ts';
import { simulate } from './simulation.ts';

export interface Finding {
  mistake: Mistake;
  /** The first seed that finds it; undefined where none does. */
  seed: number | undefined;
  /** What it finds. */
  violation: string | undefined;
}

/**
 * One mistake after the other.
 *
 * @param expected of the app without any
 * @param only those whose name or file has this in it
 */
export async function* findMistakes(
  assembly: string,
  expected: Expected,
  only = '',
): AsyncGenerator<Finding> {
  const chosen = MISTAKES.filter((mistake) => JSON.stringify(mistake).includes(only));
  for (const mistake of chosen) yield await find(assembly, expected, mistake);
}

async function find(assembly: string, expected: Expected, mistake: Mistake): Promise<Finding> {
  const app = await loadApp(assembly, mistake.changes);
  for (let seed = 1; seed <= MOST_SEEDS; seed++) {
    const [violation] = (await simulate(app, expected, seed)).violations;
    if (violation !== undefined) return { mistake, seed, violation };
  }
  return { mistake, seed: undefined, violation: undefined };
}
