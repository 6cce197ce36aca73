/** The declarations of datasets in the app's bucket: one name, one declaration. */
import { specOf, type UserDataset } from '../../core/ingest/catalogue/user-dataset.ts';
import { KEYS } from '../../functions/contract/keys.ts';
import { findDeclaration } from '../../functions/dataset/declarations.ts';
import { definitionOf } from '../../functions/dataset/sources.ts';
import { datasetManifest } from '../../functions/schemas/dataset.ts';
import { encodeJson } from '../../functions/store/json.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { findDocument } from '../../functions/store/verified.ts';

/** Whether the declaration's name is nobody's, or this very declaration's. */
export async function mayDeclare(store: ObjectStore, dataset: UserDataset): Promise<boolean> {
  const definition = definitionOf(specOf(dataset));
  const declared = await findDeclaration(store, dataset.name);
  if (declared !== undefined) return definitionOf(specOf(declared)) === definition;
  const manifest = await findDocument(store, datasetManifest, KEYS.manifest(dataset.name));
  return manifest === undefined || ('definition' in manifest && manifest.definition === definition);
}

/**
 * From now on configs may name it. Repeated, nothing happens.
 *
 * @throws Error when another dataset was declared under the name
 */
export async function declareDataset(store: ObjectStore, dataset: UserDataset): Promise<void> {
  const { name } = dataset;
  if (!(await mayDeclare(store, dataset))) {
    throw new Error(
      `dataset ${name}: something else was declared under this name, expected another name; npm run data -- delete ${name} makes it free`,
    );
  }
  if ((await findDeclaration(store, name)) !== undefined) return;
  await store.createImmutable(KEYS.declaration(name), encodeJson(dataset));
}

/** The name itself, or with the first number under which nothing else is declared. */
export async function freeName(
  store: ObjectStore,
  wanted: string,
  declare: (name: string) => UserDataset,
): Promise<string> {
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${wanted}-${number}`;
    if (await mayDeclare(store, declare(name))) return name;
  }
}

/** Objects that a dataset is made of. */
export const keysOf = (dataset: UserDataset): string[] =>
  specOf(dataset).files.flatMap((file) => ('key' in file && file.key !== undefined ? [file.key] : []));
