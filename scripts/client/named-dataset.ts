/** Configs that name a dataset which was added to the app's bucket. */
import { DATASETS } from '../../core/ingest/catalogue/datasets.ts';
import { KEYS } from '../../functions/contract/keys.ts';
import { declaredName, findDeclaration, withDeclaration } from '../../functions/dataset/declarations.ts';
import { unknownName } from '../../functions/schemas/near-miss.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { checkInput, UsageError } from '../cli/arguments.ts';
import type { JobInput } from '../cli/command.ts';

/**
 * The job of a config, with the declaration in the place of such a name.
 *
 * @param findStore asked for the app's bucket only when it has to be looked into
 * @throws UsageError naming each wrong field; for an unknown dataset also those that there are
 */
export async function findJob(
  input: Record<string, unknown>,
  findStore: () => Promise<ObjectStore>,
): Promise<JobInput> {
  const name = declaredName(input);
  if (name === undefined) return { input, config: checkInput(input) };
  const store = await findStore();
  const find = async () => {
    const found = await findDeclaration(store, name);
    if (found !== undefined) return found;
    const added = await store.listFolders(KEYS.datasetsPrefix);
    throw new UsageError(
      `dataset ${name}: ${unknownName(name, [...new Set([...DATASETS.keys(), ...added])])}`,
    );
  };
  const resolved = (await withDeclaration(input, find)) as Record<string, unknown>;
  return { input: resolved, config: checkInput(resolved) };
}
