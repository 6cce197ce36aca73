/** `npm run recipes -- --write`: keeps what recipes reach, and makes the table of docs/recipes.md of it. */
import { mean, standardDeviation } from '../../support/statistics.ts';

export interface RecordedRecipe {
  /** SHA-256 of the recipe's file: figures of another config are none of it. */
  config: string;
  /** When, e.g. "2026-12-01". */
  date: string;
  cpu: string;
  threads: number;
  /** Processes that wanted to run in the minute before. */
  loadBefore: number;
  /** By seed, from 0 on. */
  accuracies: number[];
  /** Of training alone, the median of the seeds'. */
  seconds: number;
  /** What `npm run plan` estimates for one function of 1,769 MB. */
  lambda: { dollars: number; seconds: number };
}

/** By name: the file's without its ending. */
export type RecordedRecipes = Record<string, RecordedRecipe>;

/** What is known of a recipe besides what it reaches. */
export interface Recipe {
  name: string;
  dataset: string;
  /** Its layers, for people. */
  network: string;
  epochs: number | undefined;
}

const TABLE = /(<!-- recipes -->\n)[\s\S]*?(<!-- end -->)/;
/** Above it, figures of time say more about the other work than about the recipe. */
const QUIET = 1;

export function recipesTable(recipes: readonly Recipe[], recorded: RecordedRecipes): string {
  const titles = [
    'recipe',
    'dataset',
    'network',
    'epochs',
    'test accuracy',
    'training here',
    'AWS, estimated',
  ];
  const rows = recipes.map(({ name, dataset, network, epochs }) => {
    const one = recorded[name];
    const what = [`[${name}](recipes/${name}.json)`, dataset, network, String(epochs ?? '')];
    if (one === undefined) return [...what, 'not measured', '', ''];
    const { accuracies, seconds, lambda } = one;
    return [
      ...what,
      `${percent(mean(accuracies))} ± ${percent(standardDeviation(accuracies))} %`,
      `${seconds.toPrecision(3)} s`,
      `${Math.round(lambda.seconds)} s, $${lambda.dollars.toPrecision(2)}`,
    ];
  });
  const lines = [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return [...lines, '', notes(recorded)].join('\n');
}

/** What the figures were measured on: recipes that were measured alike share a sentence. */
function notes(recorded: RecordedRecipes): string {
  const sentences = new Map<string, string[]>();
  for (const [name, { date, cpu, threads, accuracies, loadBefore }] of Object.entries(recorded)) {
    const other = loadBefore > QUIET ? '; other work took part in its times' : '';
    const sentence = `${accuracies.length} seeds on ${date}, ${threads} threads of ${cpu}${other}`;
    sentences.set(sentence, [...(sentences.get(sentence) ?? []), name]);
  }
  return [...sentences]
    .map(([sentence, names]) => `Measured with ${sentence}: ${names.join(', ')}.`)
    .join(' ');
}

const percent = (share: number) => (100 * share).toFixed(2);

/** @returns the page with the table @throws Error when it has no place for it */
export function fillRecipesTable(
  page: string,
  recipes: readonly Recipe[],
  recorded: RecordedRecipes,
): string {
  if (!TABLE.test(page)) throw new Error('the page has no <!-- recipes --> and <!-- end -->');
  return page.replace(
    TABLE,
    (_, begin: string, end: string) => `${begin}\n${recipesTable(recipes, recorded)}\n\n${end}`,
  );
}
