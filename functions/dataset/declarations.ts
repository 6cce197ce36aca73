/** Datasets that were declared in the bucket, which configs may name like those of the catalogue. */
import { ConfigError } from '../../core/errors.ts';
import { type Catalogue, DATASETS } from '../../core/ingest/catalogue/datasets.ts';
import type { UserDataset } from '../../core/ingest/catalogue/user-dataset.ts';
import { KEYS } from '../contract/keys.ts';
import { userDataset } from '../schemas/dataset.ts';
import { name as nameSchema } from '../schemas/parts.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { findDocument } from '../store/verified.ts';

/** undefined where none of this name was declared. @throws IntegrityError when it is no declaration */
export const findDeclaration = (
  store: Pick<ObjectStore, 'get'>,
  name: string,
): Promise<UserDataset | undefined> => findDocument(store, userDataset, KEYS.declaration(name));

/** The dataset that a config names and the catalogue doesn't have, if what it says is a name. */
export function declaredName(input: unknown, catalogue: Catalogue = DATASETS): string | undefined {
  if (typeof input !== 'object' || input === null || !('dataset' in input)) return undefined;
  const { dataset } = input;
  if (typeof dataset !== 'string' || catalogue.has(dataset)) return undefined;
  return nameSchema.safeParse(dataset).success ? dataset : undefined;
}

/**
 * The config with the declaration instead of the name of a dataset that was declared. All that comes later has the
 * declaration then, as if it had been given: what is deleted and declared otherwise under the name is another dataset.
 *
 * @throws ConfigError for a name that is neither in the catalogue nor declared
 */
export async function withDeclaration(
  input: unknown,
  find: (name: string) => Promise<UserDataset | undefined>,
  catalogue: Catalogue = DATASETS,
): Promise<unknown> {
  const name = declaredName(input, catalogue);
  if (name === undefined) return input;
  const dataset = await find(name);
  if (dataset !== undefined) return { ...(input as object), dataset };
  throw new ConfigError(
    `config.dataset: got ${JSON.stringify(name)}, expected one of ${[...catalogue.keys()].join(', ')}, or one that was added: npm run data -- list shows those`,
  );
}
