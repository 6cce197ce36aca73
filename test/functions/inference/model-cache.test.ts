/** Which model answers, and what it costs to know. */
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, it } from 'vitest';
import { IntegrityError } from '../../../core/errors.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { asClasses, ModelCache } from '../../../functions/inference/model-cache.ts';
import { deleteVersion } from '../../../functions/models/registry.ts';
import { StorageUnavailableError } from '../../../functions/store/errors.ts';
import { encodeJson } from '../../../functions/store/json.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { s3Error, s3WithContent } from '../support/fake-s3.ts';
import { tinyRuns } from '../support/tiny-run.ts';

const store = createS3Store('bucket');
const { prepare, release } = tinyRuns(store);
const s3 = s3WithContent(async () => {
  await prepare();
  await release('a');
});
let cache: ModelCache;
let now = 0;

beforeEach(() => {
  now = 0;
  cache = new ModelCache(store, () => now);
});

/** Runs `work` and lists the keys that it read. */
async function readsOf(work: () => Promise<unknown>): Promise<string[]> {
  s3.calls.length = 0;
  await work();
  return s3.sent(GetObjectCommand).map(({ Key }) => Key!);
}
const find = (name = 'mnist') => cache.find(name);
const versionOf = async () => (await find())?.version;
const breakReads = () => s3.fail(s3Error(503, 'SlowDown'), GetObjectCommand);

describe('the newest version', () => {
  it('of a model is undefined while none is promoted, and found as soon as one is', async () => {
    expect(await find('other')).toBeUndefined();
    await release('b', { model: 'other', seed: 1 });
    expect([(await find())!.document.runId, (await find('other'))!.document.runId]).toEqual(['a', 'b']);
  });

  it('answers from memory within the recheck time; then the pointer is rechecked by its ETag alone', async () => {
    await find();
    now = 1999;
    expect(await readsOf(find)).toEqual([]);
    now = 2000;
    expect(await readsOf(find)).toEqual([KEYS.latest('mnist')]);
    const [input] = s3.sent(GetObjectCommand);
    expect(input!.IfNoneMatch).toBe(s3.objects.get(KEYS.latest('mnist'))!.etag);
    now = 3999;
    expect(await readsOf(find)).toEqual([]);
  });

  it('is swapped for a newer one after the recheck time', async () => {
    const old = (await find())!;
    await release('b', { seed: 1 });
    now = 1999;
    expect(await versionOf()).toBe(1);
    now = 2000;
    expect(await versionOf()).toBe(2);
    // Whoever holds the old one still, in the middle of a request, can use it.
    expect(asClasses(old.predict([[0, 0, 0, 0, 0, 0, 0, 0, 0]]))[0]!.probabilities).toHaveLength(3);
  });

  it('is gone when its pointer is deleted', async () => {
    await find();
    s3.objects.delete(KEYS.latest('mnist'));
    now = 2000;
    expect(await versionOf()).toBeUndefined();
  });

  it('is looked for again when it was replaced and deleted since the pointer was read', async () => {
    const replaceTwice = async () => {
      await release('b', { seed: 1 });
      await deleteVersion(store, 'mnist', 1);
      // Nor is this one there when it is read.
      s3.afterRead(KEYS.latest('mnist'), async () => {
        await release('c', { seed: 2 });
        await deleteVersion(store, 'mnist', 2);
      });
    };
    s3.afterRead(KEYS.latest('mnist'), replaceTwice);
    expect(await versionOf()).toBe(3);
    s3.objects.delete(KEYS.version('mnist', 3));
    await expect(new ModelCache(store, () => now).find('mnist')).rejects.toThrow('has no version 3');
  });

  it('keeps the models last asked for only', async () => {
    const names = ['m1', 'm2', 'm3', 'm4', 'm5'];
    const document = s3.json(KEYS.version('mnist', 1));
    for (const model of names) {
      s3.objects.set(KEYS.version(model, 1), { body: encodeJson({ ...document, model }) });
      s3.objects.set(KEYS.latest(model), { body: encodeJson({ version: 1 }) });
    }
    for (const name of names) await find(name);
    expect(await readsOf(() => find('m5'))).toEqual([]);
    expect(await readsOf(() => find('m2'))).toEqual([]);
    expect(await readsOf(() => find('m1'))).toHaveLength(4);
  });
});

describe('trouble', () => {
  it('is passed on when there is no model to fall back on', async () => {
    breakReads();
    await expect(find()).rejects.toThrow(StorageUnavailableError);
  });

  it('of the storage keeps the old version on duty, and is met once per recheck time', async () => {
    await find();
    breakReads();
    now = 2000;
    expect(await versionOf()).toBe(1);
    now = 3999;
    expect(await readsOf(async () => expect(await versionOf()).toBe(1))).toEqual([]);
    now = 4000;
    expect(await readsOf(async () => expect(await versionOf()).toBe(1))).toEqual([KEYS.latest('mnist')]);
  });

  it.each([
    ['a damaged checkpoint', (key: string) => key.endsWith('00000030.safetensors') && key.includes('/b/')],
    ['a damaged version', (key: string) => key === KEYS.version('mnist', 2)],
    ['a damaged pointer', (key: string) => key === KEYS.latest('mnist')],
  ])('%s keeps the old version on duty until it is mended', async (_name, isDamaged) => {
    await find();
    await release('b', { seed: 1 });
    const [key, whole] = [...s3.objects].find(([name]) => isDamaged(name))!;
    s3.objects.set(key, { body: whole.body.map((byte) => byte ^ 1) });
    now = 2000;
    expect(await versionOf()).toBe(1);
    s3.objects.set(key, whole);
    now = 4000;
    expect(await versionOf()).toBe(2);
  });

  it('of a checkpoint is an IntegrityError for the first request', async () => {
    s3.objects.damage(KEYS.checkpoint('a', 30), 300);
    await expect(find()).rejects.toThrow(IntegrityError);
  });
});

describe('a pinned version', () => {
  /** Versions 2 to 6, which differ from the first by name alone. */
  beforeEach(() => {
    for (const version of [2, 3, 4, 5, 6]) {
      const document = { ...s3.json(KEYS.version('mnist', 1)), version, runId: `run${version}` };
      s3.objects.set(KEYS.version('mnist', version), { body: encodeJson(document) });
    }
    s3.objects.set(KEYS.latest('mnist'), { body: encodeJson({ version: 6 }) });
  });

  it('is the one asked for, whatever is newest', async () => {
    expect((await cache.findVersion('mnist', 2))!.document.runId).toBe('run2');
    expect(await versionOf()).toBe(6);
  });

  it('is read once, and not at all when it is the newest', async () => {
    await cache.findVersion('mnist', 2);
    expect(await readsOf(() => cache.findVersion('mnist', 2))).toEqual([]);
    await find();
    expect(await readsOf(() => cache.findVersion('mnist', 6))).toEqual([]);
  });

  it('is the newest one without being read again', async () => {
    await cache.findVersion('mnist', 6);
    expect(await readsOf(find)).toEqual([KEYS.latest('mnist')]);
  });

  it('is undefined when there is none', async () => {
    expect(await cache.findVersion('mnist', 7)).toBeUndefined();
    expect(await cache.findVersion('none', 1)).toBeUndefined();
  });

  it('stays in memory with those last used', async () => {
    for (const version of [1, 2, 3, 4, 1, 5]) await cache.findVersion('mnist', version);
    expect(await readsOf(() => cache.findVersion('mnist', 1))).toEqual([]);
    expect(await readsOf(() => cache.findVersion('mnist', 2))).toHaveLength(3);
  });
});
