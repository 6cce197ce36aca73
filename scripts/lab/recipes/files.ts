/** The recipes of docs/recipes as configs. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { datasetName } from '../../../core/ingest/catalogue/user-dataset.ts';
import { describeLayers } from '../../../core/network/describe-layers.ts';
import { type JobConfig, parseJobInput } from '../../../functions/schemas/config.ts';
import { readConfigFile } from '../../cli/arguments.ts';
import type { Recipe } from './recorded.ts';

export const FOLDER = join(import.meta.dirname, '../../../docs/recipes');

export interface RecipeFile extends Recipe {
  file: string;
  config: JobConfig;
}

/** @throws ConfigError for a file that is no config */
export function readRecipe(file: string): RecipeFile {
  const config = parseJobInput(readConfigFile(file));
  return {
    ...{ file, config, epochs: config.epochs },
    name: basename(file, '.json'),
    dataset: datasetName(config.dataset),
    network: describeLayers(config.layers),
  };
}

/** Those of the docs, by name. */
export const allRecipes = (): RecipeFile[] =>
  readdirSync(FOLDER)
    .toSorted()
    .map((file) => readRecipe(join(FOLDER, file)));

/** SHA-256 of a recipe's file, in hexadecimal. */
export const digestOf = (file: string): string =>
  createHash('sha256').update(readFileSync(file)).digest('hex');
