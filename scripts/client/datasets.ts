/** The datasets in the app's bucket: which there are, who was trained on them, and what goes when one is deleted. */
import { KEYS } from '../../functions/contract/keys.ts';
import { findDeclaration } from '../../functions/dataset/declarations.ts';
import { versionsOf } from '../../functions/models/versions.ts';
import { datasetManifest } from '../../functions/schemas/dataset.ts';
import { unknownName } from '../../functions/schemas/near-miss.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { allOf } from '../../functions/store/series.ts';
import { mapSomeAtOnce } from '../../functions/store/some-at-once.ts';
import { findDocument } from '../../functions/store/verified.ts';
import { keysOf } from './declare.ts';
import { contentIn } from './own-file.ts';

/** Names, also of those that are only declared yet. */
export const datasetsIn = (store: ObjectStore): Promise<string[]> => store.listFolders(KEYS.datasetsPrefix);

export async function absent(store: ObjectStore, name: string): Promise<Error> {
  return new Error(`dataset ${name}: ${unknownName(name, await datasetsIn(store))}`);
}

/** Versions that were trained on the dataset, as `model version`. */
export async function usersOf(store: ObjectStore, name: string): Promise<string[]> {
  const models = await store.listFolders(KEYS.modelsPrefix);
  const found = await mapSomeAtOnce(models, async (model) => {
    const versions = await allOf(store, versionsOf(model));
    return versions.flatMap(({ dataset, version }) => (dataset.name === name ? [`${model} ${version}`] : []));
  });
  return found.flat();
}

export interface Deleted {
  objects: number;
  /** Uploaded files that stay, and the dataset that is made of them, too. */
  kept: { key: string; dataset: string }[];
}

/**
 * Deletes a dataset, and the files that were uploaded for it, but for those that another dataset is made of.
 *
 * @throws Error when there is none, or a version was trained on it and `isForced` is not set
 */
export async function deleteDataset(store: ObjectStore, name: string, isForced: boolean): Promise<Deleted> {
  const own = await store.list(`${KEYS.datasetsPrefix}${name}/`);
  const uploads = await uploadsOf(store, name);
  if (own.length + uploads.length === 0) throw await absent(store, name);
  const users = await usersOf(store, name);
  if (users.length > 0 && !isForced) {
    throw new Error(
      `dataset ${name}: ${users.join(', ')} ${users.length === 1 ? 'was' : 'were'} trained on it, expected none; --force deletes it all the same`,
    );
  }
  const owners = await ownersOf(store, uploads, name);
  // First those without which the rest is no dataset any more.
  const first = [KEYS.declaration(name), KEYS.manifest(name)].filter((key) => own.includes(key));
  for (const key of first) await store.delete(key);
  const rest = [...own.filter((key) => !first.includes(key)), ...uploads.filter((key) => !owners.has(key))];
  await mapSomeAtOnce(rest, (key) => store.delete(key));
  return {
    objects: first.length + rest.length,
    kept: [...owners].map(([key, dataset]) => ({ key, dataset })),
  };
}

/** Files in the dataset's own folder of uploads, and those that it shares with the dataset that it is a correction of. */
async function uploadsOf(store: ObjectStore, name: string): Promise<string[]> {
  const declaration = await findDeclaration(store, name);
  const shared = (declaration === undefined ? [] : keysOf(declaration)).filter(
    (key) => contentIn(key) !== undefined,
  );
  const folder = await store.list(`${KEYS.importsPrefix}${name}/`);
  const there = await mapSomeAtOnce(shared, async (key) =>
    (await store.size(key)) === undefined ? [] : [key],
  );
  // Weights that were imported under the same name are a run's.
  return [...new Set([...folder, ...there.flat()])].filter((key) => !isWeights(key, name));
}

const isWeights = (key: string, name: string): boolean =>
  key.startsWith(KEYS.importedWeights(name, '')) &&
  !key.slice(KEYS.importsPrefix.length + name.length + 1).includes('/');

/** Of the files those that another dataset is declared with, or was made of, by that dataset. */
async function ownersOf(
  store: ObjectStore,
  uploads: readonly string[],
  name: string,
): Promise<Map<string, string>> {
  const others = (await datasetsIn(store)).filter((other) => other !== name);
  const found = await mapSomeAtOnce(uploads.length === 0 ? [] : others, async (other) => {
    const declaration = await findDeclaration(store, other);
    const keys = declaration === undefined ? [] : keysOf(declaration);
    // A dataset that was declared in a config alone has its files' digests in its manifest.
    const manifest =
      declaration === undefined
        ? await findDocument(store, datasetManifest, KEYS.manifest(other))
        : undefined;
    const digests = Object.values(manifest?.sources ?? {});
    const isUsed = (key: string) => {
      const content = contentIn(key);
      return (
        keys.includes(key) || (content !== undefined && digests.some((digest) => digest.startsWith(content)))
      );
    };
    return uploads.filter(isUsed).map((key) => [key, other] as const);
  });
  return new Map(found.flat());
}
