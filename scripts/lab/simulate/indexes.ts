/** What is read through indexes must be what reading all there is says, at any moment, whoever was killed. */
import { KEYS } from '../../../functions/contract/keys.ts';
import { versionsOf } from '../../../functions/models/versions.ts';
import { metricsOf } from '../../../functions/run-index/metrics.ts';
import { type RunsPage, readRuns } from '../../../functions/run-index/page.ts';
import { modelVersion, runStatus, stepMetrics } from '../../../functions/schemas/documents.ts';
import { canonicalJson } from '../../../functions/store/json.ts';
import type { ObjectStore } from '../../../functions/store/object-store.ts';
import { allOf, newestOf } from '../../../functions/store/series.ts';
import { json } from './observer.ts';
import { MODEL } from './tiny-dataset.ts';
import type { World } from './world.ts';

/** So few that there are several pages. */
const PAGE = 3;
const STATUS = /^runs\/([^/]+)\/status\.json$/;
const METRICS = /^runs\/([^/]+)\/metrics\//;
const INDEXED = /^(run-index\/|runs\/[^/]+\/(status\.json$|metrics)|models\/)/;

/** A copy of the bucket as it is now, which nobody changes while it is read. */
function copyOf(world: World): Map<string, Uint8Array> {
  return new Map(
    world
      .keys()
      .filter((key) => INDEXED.test(key))
      .map((key) => [key, world.read(key)!]),
  );
}

type Reader = Pick<ObjectStore, 'get' | 'list' | 'listWithSizes' | 'listFolders'>;

function readerOf(objects: ReadonlyMap<string, Uint8Array>): Reader {
  const listWithSizes: Reader['listWithSizes'] = async (prefix, { after = '', most } = {}) =>
    [...objects]
      .filter(([key]) => key.startsWith(prefix) && key > after)
      .slice(0, most)
      .map(([key, { length }]) => ({ key, bytes: length }));
  return {
    listWithSizes,
    get: async (key) => {
      const body = objects.get(key);
      return body && { body, etag: '' };
    },
    list: async (prefix, range) => (await listWithSizes(prefix, range)).map(({ key }) => key),
    listFolders: async (prefix) => {
      const below = [...objects.keys()].filter((key) => key.startsWith(prefix));
      return [...new Set(below.map((key) => key.slice(prefix.length).split('/')[0]!))];
    },
  };
}

export async function checkIndexes(world: World): Promise<void> {
  const objects = copyOf(world);
  await checkRunIndex(world, objects);
  await checkVersionsIndex(world, objects);
  const runs = new Set([...objects.keys()].flatMap((key) => METRICS.exec(key)?.[1] ?? []));
  for (const runId of runs) await checkMetricsIndex(world, objects, runId);
}

async function checkRunIndex(world: World, objects: ReadonlyMap<string, Uint8Array>): Promise<void> {
  // The first function that may makes one.
  if (!objects.has(KEYS.runIndex)) return;
  const listed: RunsPage['runs'] = [];
  let page: RunsPage | undefined;
  do {
    page = await readRuns(readerOf(objects), { limit: PAGE, after: page?.next });
    if (!page.isIndexed) world.observer.violation('the index of runs is damaged');
    listed.push(...page.runs);
  } while (page.next !== undefined);
  const stored = [...objects].flatMap(([key, bytes]) => {
    const runId = STATUS.exec(key)?.[1];
    return runId === undefined ? [] : [{ runId, status: runStatus.parse(json(bytes)) }];
  });
  const order = ({ runId, status }: (typeof stored)[number]) => `${status.startedAt}/${runId}`;
  stored.sort((a, b) => (order(a) < order(b) ? 1 : -1));
  compare(world, 'the index of runs', listed, stored);
}

async function checkVersionsIndex(world: World, objects: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const { documents } = await newestOf(readerOf(objects), versionsOf(MODEL), Number.POSITIVE_INFINITY);
  const stored = [...objects]
    .filter(([key, { length }]) => key.startsWith(KEYS.versionsPrefix(MODEL)) && length > 0)
    .map(([, bytes]) => modelVersion.parse(json(bytes)));
  compare(world, 'the index of versions', documents, stored);
}

async function checkMetricsIndex(
  world: World,
  objects: ReadonlyMap<string, Uint8Array>,
  runId: string,
): Promise<void> {
  const reader = readerOf(objects);
  const stored = [...objects]
    .filter(([key]) => key.startsWith(KEYS.metricsPrefix(runId)))
    .map(([, bytes]) => stepMetrics.parse(json(bytes)));
  compare(world, `the index of ${runId}'s metrics`, await allOf(reader, metricsOf(runId)), stored);
  const { documents } = await newestOf(reader, metricsOf(runId), PAGE);
  compare(world, `the newest metrics of ${runId}`, documents, stored.slice(-PAGE));
}

function compare(world: World, what: string, listed: unknown, stored: unknown): void {
  const [own, wanted] = [canonicalJson(listed), canonicalJson(stored)];
  if (own !== wanted) world.observer.violation(`${what} says ${own}, and there are ${wanted}`);
}

/** As long as a simulation lasts. @param every milliseconds between looks */
export async function watchIndexes(
  world: World,
  every: readonly [number, number],
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    await world.clock.sleep(world.looks.spread(...every));
    await checkIndexes(world);
  }
}
