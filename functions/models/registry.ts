/**
 * Changes to a model's versions, by the rules of docs/architecture.md ("How state is kept"). The steps and the commands
 * make them here alone.
 */
import { KEYS } from '../contract/keys.ts';
import { type CandidateModel, type LatestModel, type ModelVersion, runStatus } from '../schemas/documents.ts';
import { NotFoundError } from '../store/errors.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { findDocument } from '../store/verified.ts';
import { reasonAgainst } from './gate.ts';
import { changeLatest, isSame, newestOf, rolledBack, serving, withoutCandidate } from './latest.ts';
import { RegistryError } from './registry-error.ts';
import { DELETED, findLatest, findVersion, getVersion, listVersions, readCheckpoint } from './versions.ts';

/**
 * Lets a new version serve where its config's condition holds, which is that it is about as good where the config names
 * none. Never back: of two promotions at once, the higher number is served in the end, and one that has served already is
 * not asked again whether it may, nor does it serve again when somebody has gone back from it meanwhile.
 *
 * @returns why it doesn't serve; undefined when it does, or did
 */
export async function promoteIfAllowed(
  store: ObjectStore,
  candidate: ModelVersion,
): Promise<string | undefined> {
  const { model, version, config } = candidate;
  let reason: string | undefined;
  let before: LatestModel | undefined;
  let missing: number | undefined;
  const decide = async (present: LatestModel | undefined): Promise<LatestModel | undefined> => {
    reason = undefined;
    before = present;
    if (present === undefined) return serving(present, version);
    const newest = newestOf(present);
    if (newest === version || present.version === version || present.history?.includes(version))
      return undefined;
    if (config.promotion !== 'always') {
      const other = await findVersion(store, model, present.version);
      if (other === undefined && present.version !== missing) {
        // It may have been deleted since another one serves, which the next look finds.
        missing = present.version;
        return decide(await findLatest(store, model));
      }
      reason = reasonAgainst(
        candidate,
        config.promotion,
        other ?? (await getVersion(store, model, missing!)),
      );
    }
    if (reason !== undefined || newest > version) return undefined;
    return serving(present, version);
  };
  const after = await changeLatest(store, model, decide);
  if (reason === undefined && after?.version === version)
    await undoIfDeleted(store, model, version, before, after);
  return reason;
}

/**
 * Lets a version serve, whatever its metrics.
 *
 * @returns what served before; undefined when nothing did
 * @throws NotFoundError when the version or its checkpoint is not there; IntegrityError when the checkpoint is another one
 */
export async function promote(
  store: ObjectStore,
  model: string,
  version: number,
): Promise<number | undefined> {
  return (await putInPlace(store, model, version, (present) => serving(present, version)))?.version;
}

/**
 * Puts a version on trial beside the one that serves; another trial ends.
 *
 * @throws RegistryError when this version serves, NotFoundError when none does, besides what promote throws
 */
export async function startTrial(
  store: ObjectStore,
  model: string,
  candidate: CandidateModel,
): Promise<void> {
  const { version } = candidate;
  await putInPlace(store, model, version, (present) => {
    if (present === undefined)
      throw new NotFoundError(`no model ${model} was promoted; a trial needs one that serves`);
    if (present.version === version)
      throw new RegistryError(`version ${version} of ${model} serves; it needs no trial`);
    return { ...present, candidate };
  });
}

/** Gives a version that is whole a place in latest.json. @returns what was there before */
async function putInPlace(
  store: ObjectStore,
  model: string,
  version: number,
  place: (present: LatestModel | undefined) => LatestModel,
): Promise<LatestModel | undefined> {
  await readCheckpoint(store, await getVersion(store, model, version));
  let before: LatestModel | undefined;
  const after = await changeLatest(store, model, (present) => {
    before = present;
    return place(present);
  });
  await undoIfDeleted(store, model, version, before, after);
  return before;
}

/** Ends a trial, where there is one; what serves goes on. @returns the version that was on trial */
export async function endTrial(store: ObjectStore, model: string): Promise<number | undefined> {
  let ended: number | undefined;
  await changeLatest(store, model, (present) => {
    ended = present?.candidate?.version;
    return present && withoutCandidate(present);
  });
  return ended;
}

/**
 * Ends a trial; without one, lets the version serve again that served before.
 *
 * @param from the version that serves, as the caller has seen it; whichever does by default
 * @returns what serves now and, when a trial was ended, the version that was on trial
 * @throws RegistryError when another version serves, there is nothing to go back to, or somebody changes it at the same
 *   time; NotFoundError when nothing serves
 */
export async function rollBack(
  store: ObjectStore,
  model: string,
  from?: number,
): Promise<{ from: number; to: number; endedTrial: number | undefined }> {
  let seen: LatestModel | undefined;
  const after = await changeLatest(store, model, async (present) => {
    // One step back from what the caller has seen, and not from what somebody else has made of it.
    if (seen !== undefined)
      throw new RegistryError(`${KEYS.latest(model)} was changed meanwhile; nothing was rolled back`);
    if (present === undefined) throw new NotFoundError(`no model ${model} was promoted`);
    if (from !== undefined && present.version !== from) {
      throw new RegistryError(
        `version ${present.version} of ${model} serves, not ${from}; nothing was rolled back`,
      );
    }
    seen = present;
    const wanted = rolledBack(present);
    if (wanted === undefined) {
      throw new RegistryError(
        `nothing served before version ${present.version} of ${model}; name one with promote`,
      );
    }
    await readCheckpoint(store, await getVersion(store, model, wanted.version));
    return wanted;
  });
  await undoIfDeleted(store, model, after!.version, seen, after);
  return { from: seen!.version, to: after!.version, endedTrial: seen!.candidate?.version };
}

/**
 * Empties a version's document; its checkpoint belongs to the run.
 *
 * @throws RegistryError when the version serves, is on trial, is still being promoted or is not there
 */
export async function deleteVersion(store: ObjectStore, model: string, version: number): Promise<void> {
  const { runId } = await getVersion(store, model, version);
  if (await isBeingPromoted(store, runId)) {
    throw new RegistryError(
      `version ${version} of ${model} is still being promoted (${KEYS.status(runId)} does not name a version yet); delete it when run ${runId} is over`,
    );
  }
  await changeLatest(store, model, (present) => {
    refuseInUse(present, model, version);
    if (!present?.history?.includes(version)) return undefined;
    // Nothing rolls back to it from now on.
    return { ...present, history: present.history.filter((other) => other !== version) };
  });
  const key = KEYS.version(model, version);
  let document: Uint8Array | undefined;
  await store.compareAndSwap(key, (bytes) => {
    if (bytes === undefined || bytes.length === 0) return undefined;
    document = bytes;
    return DELETED;
  });
  try {
    await changeLatest(store, model, (present) => {
      refuseInUse(present, model, version);
      return undefined;
    });
  } catch (error) {
    // Somebody was faster and has promoted it in between.
    await store.compareAndSwap(key, (bytes) => (bytes?.length === 0 ? document : undefined));
    throw error;
  }
}

/**
 * Whether an attempt to promote the run may be under way that looks for the version. From the time that the status names
 * it, no attempt looks any more.
 */
async function isBeingPromoted(store: ObjectStore, runId: string): Promise<boolean> {
  const status = await findDocument(store, runStatus, KEYS.status(runId));
  return status !== undefined && status.state !== 'failed' && status.version === undefined;
}

/** Removes all but the last `keep` versions and those in use or remembered for a rollback. @returns those removed */
export async function keepLast(store: ObjectStore, model: string, keep: number): Promise<number[]> {
  const versions = await listVersions(store, model);
  const removed: number[] = [];
  for (const version of versions.slice(0, -keep)) {
    const inUse = await changeLatest(store, model, () => undefined);
    if (inUse !== undefined && (isInUse(inUse, version) || inUse.history?.at(-1) === version)) continue;
    if (await isBeingPromoted(store, (await getVersion(store, model, version)).runId)) continue;
    await deleteVersion(store, model, version);
    removed.push(version);
  }
  return removed;
}

function isInUse(latest: LatestModel, version: number): boolean {
  return latest.version === version || latest.candidate?.version === version;
}

function refuseInUse(latest: LatestModel | undefined, model: string, version: number): void {
  if (latest === undefined || !isInUse(latest, version)) return;
  const how = latest.version === version ? 'serves' : 'is on trial';
  throw new RegistryError(`version ${version} of ${model} ${how}; it can't be deleted`);
}

/** Somebody may have deleted the version after it was looked at and before it served. */
async function undoIfDeleted(
  store: ObjectStore,
  model: string,
  version: number,
  before: LatestModel | undefined,
  after: LatestModel | undefined,
): Promise<void> {
  if (((await store.size(KEYS.version(model, version))) ?? 0) > DELETED.length) return;
  await changeLatest(store, model, (present) => (isSame(present, after) ? before : undefined));
  throw new RegistryError(
    `version ${version} of ${model} was deleted meanwhile; what served before serves on`,
  );
}
