/** How executions are called: a run's id is the name of its execution up to the first dot. */

export const runIdOf = (executionName: string): string => executionName.split('.')[0]!;

/** The name of a run's n-th execution: its id, then its id with a number. */
export const executionNameOf = (runId: string, number: number): string =>
  number === 0 ? runId : `${runId}.${number}`;

/** What a name begins with. A dataset's name may have dots, after which a run's id ends, and be as long as an id. */
const beginning = (dataset: string): string => dataset.slice(0, 50).replaceAll('.', '_');

/** A run id that sorts by time: `mnist-20261124-081500-3f9c`. */
export function newRunName(dataset: string, now = new Date()): string {
  const time = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const random = Math.floor(Math.random() * 0x10000);
  return `${beginning(dataset)}-${time}-${random.toString(16).padStart(4, '0')}`;
}

/** Hex digits of a key's digest that a run's id has: two keys in a billion billion have the same. */
const DIGITS = 16;

/** The id of the run that a request starts: the same for the same key. @param digest hex */
export const runNameOfKey = (dataset: string, digest: string): string =>
  `${beginning(dataset)}-${digest.slice(0, DIGITS)}`;
