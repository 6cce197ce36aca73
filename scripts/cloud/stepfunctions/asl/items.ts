/** The items of a Map, and what each of its iterations gets of them. */
import { Mistake } from './failure.ts';
import { follow, parsePath } from './paths.ts';
import { checkSize, type Passed, passed, type Visited } from './run.ts';
import { fill } from './templates.ts';

export interface Item {
  item: unknown;
  /** Made when its turn comes. @throws Failure or Mistake when it can't be made */
  input(): Passed;
}

/** @param input of the Map state, along its InputPath */
export function itemsOf(visit: Visited, input: unknown): Item[] {
  const { ItemsPath = '$' } = visit.state;
  const path = parsePath(String(ItemsPath));
  const items = follow(path, visit.data(input)(path.isContext));
  if (!Array.isArray(items)) throw new Mistake(`Reference path "${path.text}" must point to array.`);
  return selected(visit, input, items);
}

/** Items with what ItemSelector, or Parameters as it was called, makes of them. */
export function selected(visit: Visited, input: unknown, items: readonly unknown[]): Item[] {
  const { ItemSelector, Parameters } = visit.state;
  const template = ItemSelector ?? Parameters;
  return items.map((item, Index) => ({
    item,
    input() {
      const data = visit.data(input, { Index, Value: item });
      const given = passed(template === undefined ? item : fill(template, data));
      checkSize(given, `item ${Index}`, visit.name);
      return given;
    },
  }));
}

/** A number of the state: a literal, or where a path leads. 0 where there is none. */
export function limitOf(
  visit: Visited,
  input: unknown,
  field: 'MaxConcurrency' | 'ToleratedFailureCount' | 'ToleratedFailurePercentage',
): number {
  const text = visit.state[`${field}Path`];
  if (text === undefined) return Number(visit.state[field] ?? 0);
  const path = parsePath(String(text));
  const value = follow(path, visit.data(input)(path.isContext));
  const isShare = field === 'ToleratedFailurePercentage';
  if (!(isShare ? typeof value === 'number' : Number.isInteger(value))) {
    const said = typeof value === 'string' ? value : JSON.stringify(value);
    throw new Mistake(
      `The ${field}Path field refers to value "${said}" which is not a valid ${isShare ? 'float' : 'integer'}: ${path.text}`,
    );
  }
  const number = value as number;
  if (isShare && (number < 0 || number > 100)) throw new Mistake(`${field} must be between 0 and 100.`);
  if (number < 0) throw new Mistake(`${field} cannot be negative.`);
  return number;
}
