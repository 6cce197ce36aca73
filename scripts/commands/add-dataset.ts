/** `npm run data -- add`: a file of one's own, or a declaration, becomes a dataset that configs may name. */
import { statSync } from 'node:fs';
import { specOf, type UserDataset } from '../../core/ingest/catalogue/user-dataset.ts';
import { userDataset } from '../../functions/schemas/dataset.ts';
import { parsePayload } from '../../functions/schemas/parse.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { orUsageError, readConfigFile, UsageError } from '../cli/arguments.ts';
import { declareDataset, keysOf } from '../client/declare.ts';
import { fromWhereOneIs } from '../client/own-file.ts';
import type { PictureOptions } from '../client/own-pictures.ts';
import { TABLE_OPTIONS, type TableOptions } from '../client/own-table.ts';
import type { LabelOptions } from '../client/picture-labels.ts';
import { shellWord } from '../support/shell.ts';
import { prepareTable } from './own-csv.ts';
import type { DataOptions } from './own-data.ts';
import { OF_PICTURES, preparePictures } from './own-pictures.ts';

export interface Added {
  name: string;
  dataset: UserDataset;
  /** Where a config for it was written. */
  config?: string;
}

/** Of tables and of pictures. */
export type AddOptions = TableOptions & PictureOptions & LabelOptions & DataOptions;

/**
 * @param given what is added, by what it is: a folder of pictures; a `.json` file with a declaration, or a config with
 *   one; any other file is a table
 * @param name for what becomes of it; its own when left out
 * @throws UsageError or ConfigError naming what is wrong; Error when the name is another dataset's
 */
export async function addDataset(
  given: string,
  name: string | undefined,
  options: AddOptions,
  findStore: () => Promise<ObjectStore>,
): Promise<Added> {
  const isFolder = statSync(fromWhereOneIs(given), { throwIfNoEntry: false })?.isDirectory() === true;
  if (!isFolder && /\.json$/i.test(given)) return addDeclaration(given, name, options, findStore);
  checkOptions(options, isFolder);
  const config = name === undefined ? {} : { dataset: name };
  const own = isFolder
    ? await preparePictures(config, { ...options, images: given }, findStore)
    : await prepareTable(config, { ...options, table: given }, findStore);
  const { dataset } = own.input;
  console.log(
    `${dataset.name} is declared: npm run train -- ${shellWord(own.path)} trains on it, and configs may name it`,
  );
  return { name: dataset.name, dataset, config: own.path };
}

/** @throws UsageError for an option of the other kind of data */
function checkOptions(options: AddOptions, isFolder: boolean): void {
  const [known, others, what] = isFolder
    ? [OF_PICTURES, Object.keys(TABLE_OPTIONS), 'a table']
    : [Object.keys(TABLE_OPTIONS), OF_PICTURES, 'a folder of pictures'];
  const wrong = Object.keys(options).find((each) => !known.includes(each) && others.includes(each));
  if (wrong !== undefined) throw new UsageError(`--${wrong}: goes with ${what}`);
}

async function addDeclaration(
  given: string,
  name: string | undefined,
  options: AddOptions,
  findStore: () => Promise<ObjectStore>,
): Promise<Added> {
  const wrong = Object.keys(options)[0];
  if (wrong !== undefined) throw new UsageError(`--${wrong}: goes with data; ${given} says it itself`);
  const content = readConfigFile(fromWhereOneIs(given));
  const declared = 'dataset' in content ? content.dataset : content;
  const dataset = orUsageError(() => {
    const parsed = parsePayload(userDataset, declared, 'dataset');
    const named = name === undefined ? parsed : { ...parsed, name };
    specOf(named);
    return named;
  }, given);
  const store = await findStore();
  for (const key of keysOf(dataset)) {
    if ((await store.size(key)) === undefined) {
      throw new UsageError(
        `${given}: the bucket has no ${key}, expected the file to be there before it is declared`,
      );
    }
  }
  await declareDataset(store, dataset);
  console.log(
    `${dataset.name} is declared: configs may name it, as npm run train -- --dataset ${dataset.name} does`,
  );
  return { name: dataset.name, dataset };
}
