/** Changes to models' versions: what each leaves behind, what is refused, and what happens when two meet. */
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { KEYS } from '../../../functions/contract/keys.ts';
import {
  deleteVersion,
  keepLast,
  promote,
  promoteIfAllowed,
  rollBack,
  startTrial,
} from '../../../functions/models/registry.ts';
import { getServing, getVersion, listVersions } from '../../../functions/models/versions.ts';
import { modelVersion } from '../../../functions/schemas/documents.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { s3WithContent } from '../support/fake-s3.ts';
import { tinyRuns } from '../support/tiny-run.ts';

const store = createS3Store('bucket');
const s3 = s3WithContent(async () => {
  const { prepare, release } = tinyRuns(store);
  await prepare();
  for (const runId of ['a', 'b', 'c', 'd']) await release(runId, { iterations: 6 });
});
const latest = () => s3.json(KEYS.latest('mnist'));
const setLatest = (value: object) => {
  const key = KEYS.latest('mnist');
  s3.objects.set(key, { body: Buffer.from(JSON.stringify(value)) });
};
const versions = () => listVersions(store, 'mnist');

describe('promote', () => {
  it('lets any version serve and remembers the one before', async () => {
    expect(await promote(store, 'mnist', 2)).toBe(4);
    expect(latest()).toEqual({ version: 2, history: [1, 3, 4], newest: 4 });
    expect(await promote(store, 'mnist', 2)).toBe(2);
    expect(latest()).toEqual({ version: 2, history: [1, 3, 4], newest: 4 });
  });

  it('ends a trial', async () => {
    setLatest({ version: 3, candidate: { version: 4, share: 0.5, mode: 'canary' } });
    await promote(store, 'mnist', 4);
    expect(latest()).toEqual({ version: 4, history: [3] });
  });

  it('refuses a version that is not there, or whose checkpoint is another', async () => {
    await expect(promote(store, 'mnist', 9)).rejects.toThrow('model mnist has no version 9');
    const { key } = s3.json(KEYS.version('mnist', 2)).checkpoint as { key: string };
    s3.objects.set(key, { body: Buffer.from('other') });
    await expect(promote(store, 'mnist', 2)).rejects.toThrow(/has SHA-256 .*, expected/);
    s3.objects.delete(key);
    await expect(promote(store, 'mnist', 2)).rejects.toThrow(`${key} is not there`);
    expect(latest()).toMatchObject({ version: 4 });
  });

  it('undoes itself when the version is deleted while it looks', async () => {
    s3.once(HeadObjectCommand, ({ Key }, perform) => {
      expect(latest()).toMatchObject({ version: 2 });
      s3.objects.set(Key, { body: Buffer.alloc(0) });
      return perform();
    });
    await expect(promote(store, 'mnist', 2)).rejects.toThrow('version 2 of mnist was deleted meanwhile');
    expect(latest()).toMatchObject({ version: 4 });
  });
});

it('promoteIfAllowed lets no version serve that was deleted after its attempt had found it', async () => {
  const document = modelVersion.parse(s3.json(KEYS.version('mnist', 3)));
  setLatest({ version: 1, newest: 2 });
  await deleteVersion(store, 'mnist', 3);
  await expect(promoteIfAllowed(store, document)).rejects.toThrow('version 3 of mnist was deleted meanwhile');
  expect(latest()).toEqual({ version: 1, newest: 2 });
});

describe('startTrial', () => {
  const CANARY = { share: 0.1, mode: 'canary' } as const;

  it('puts a version beside the one that serves, in the place of another', async () => {
    await startTrial(store, 'mnist', { version: 2, ...CANARY });
    expect(latest()).toEqual({ version: 4, history: [1, 2, 3], candidate: { version: 2, ...CANARY } });
    await startTrial(store, 'mnist', { version: 1, share: 1, mode: 'shadow' });
    expect(latest()).toMatchObject({ version: 4, candidate: { version: 1, mode: 'shadow' } });
    await expect(deleteVersion(store, 'mnist', 1)).rejects.toThrow('is on trial');
  });

  it('refuses the version that serves, one that is not there, and a model without any', async () => {
    await expect(startTrial(store, 'mnist', { version: 4, ...CANARY })).rejects.toThrow(
      'version 4 of mnist serves; it needs no trial',
    );
    await expect(startTrial(store, 'mnist', { version: 5, ...CANARY })).rejects.toThrow('has no version 5');
    s3.objects.delete(KEYS.latest('mnist'));
    await expect(startTrial(store, 'mnist', { version: 4, ...CANARY })).rejects.toThrow(
      'no model mnist was promoted; a trial needs one that serves',
    );
  });
});

describe('rollBack', () => {
  it('goes back step by step, until there is nothing before', async () => {
    expect(await rollBack(store, 'mnist')).toEqual({ from: 4, to: 3, endedTrial: undefined });
    expect(latest()).toEqual({ version: 3, history: [1, 2], newest: 4 });
    await rollBack(store, 'mnist');
    await rollBack(store, 'mnist');
    expect(latest()).toEqual({ version: 1, newest: 4 });
    await expect(rollBack(store, 'mnist')).rejects.toThrow('nothing served before version 1 of mnist');
    expect(latest()).toEqual({ version: 1, newest: 4 });
  });

  it('only ends a trial where there is one', async () => {
    setLatest({ version: 3, history: [2], candidate: { version: 4, share: 0.5, mode: 'shadow' } });
    expect(await rollBack(store, 'mnist')).toEqual({ from: 3, to: 3, endedTrial: 4 });
    expect(latest()).toEqual({ version: 3, history: [2] });
  });

  it('goes back one step, not two, when two do it at the same time', async () => {
    s3.afterRead(KEYS.latest('mnist'), () => rollBack(store, 'mnist'));
    expect(await rollBack(store, 'mnist')).toMatchObject({ from: 4, to: 3 });
    expect(latest()).toEqual({ version: 3, history: [1, 2], newest: 4 });
  });

  it('goes back from the version alone that the caller has seen', async () => {
    await expect(rollBack(store, 'mnist', 3)).rejects.toThrow('version 4 of mnist serves, not 3');
    expect(latest()).toMatchObject({ version: 4 });
    expect(await rollBack(store, 'mnist', 4)).toMatchObject({ from: 4, to: 3 });
    await expect(rollBack(store, 'mnist', 4)).rejects.toThrow('version 3 of mnist serves, not 4');
    expect(latest()).toMatchObject({ version: 3 });
  });

  it('changes nothing when another version is promoted at the same time', async () => {
    s3.afterRead(KEYS.latest('mnist'), () => promote(store, 'mnist', 2));
    await expect(rollBack(store, 'mnist')).rejects.toThrow('was changed meanwhile; nothing was rolled back');
    expect(latest()).toEqual({ version: 2, history: [1, 3, 4], newest: 4 });
  });

  it('refuses a model that has none, and one whose version before is gone', async () => {
    await expect(rollBack(store, 'other')).rejects.toThrow('no model other was promoted');
    s3.objects.delete(KEYS.version('mnist', 3));
    await expect(rollBack(store, 'mnist')).rejects.toThrow('model mnist has no version 3');
    expect(latest()).toMatchObject({ version: 4 });
  });
});

it('getServing looks again when the version was deleted since another one serves', async () => {
  s3.afterRead(KEYS.latest('mnist'), async () => {
    await promote(store, 'mnist', 2);
    await deleteVersion(store, 'mnist', 4);
  });
  expect(await getServing(store, 'mnist')).toMatchObject({ version: 2 });
  s3.objects.delete(KEYS.version('mnist', 2));
  await expect(getServing(store, 'mnist')).rejects.toThrow('model mnist has no version 2');
});

describe('deleteVersion', () => {
  it('removes the document alone, and nothing rolls back to it', async () => {
    await promote(store, 'mnist', 1);
    const { checkpoint } = s3.json(KEYS.version('mnist', 3)) as { checkpoint: { key: string } };
    await deleteVersion(store, 'mnist', 3);
    expect(await versions()).toEqual([1, 2, 4]);
    // Its key stays, so that its number stays taken.
    expect(s3.objects.get(KEYS.version('mnist', 3))!.body.length).toBe(0);
    await expect(getVersion(store, 'mnist', 3)).rejects.toThrow('model mnist has no version 3');
    expect(s3.objects.has(checkpoint.key)).toBe(true);
    expect(latest()).toEqual({ version: 1, history: [2, 4], newest: 4 });
  });

  it('removes the last version too', async () => {
    await promote(store, 'mnist', 1);
    await deleteVersion(store, 'mnist', 4);
    expect(await versions()).toEqual([1, 2, 3]);
    await expect(deleteVersion(store, 'mnist', 4)).rejects.toThrow('model mnist has no version 4');
  });

  it('refuses what serves, is on trial or is not there', async () => {
    setLatest({ version: 1, candidate: { version: 2, share: 1, mode: 'shadow' } });
    await expect(deleteVersion(store, 'mnist', 1)).rejects.toThrow('version 1 of mnist serves');
    await expect(deleteVersion(store, 'mnist', 2)).rejects.toThrow('version 2 of mnist is on trial');
    await expect(deleteVersion(store, 'mnist', 5)).rejects.toThrow('model mnist has no version 5');
    expect(await versions()).toEqual([1, 2, 3, 4]);
  });

  it('leaves one that an attempt of its promotion may still look for', async () => {
    const { runId } = s3.json(KEYS.version('mnist', 2)) as { runId: string };
    const status = s3.json(KEYS.status(runId));
    const setStatus = (value: object) =>
      s3.objects.set(KEYS.status(runId), { body: Buffer.from(JSON.stringify(value)) });
    const { version, model, promoted, ...rest } = status;
    const { startedAt, updatedAt } = rest;
    setStatus({ state: 'running', totalSteps: 6, startedAt, updatedAt });
    await expect(deleteVersion(store, 'mnist', 2)).rejects.toThrow(
      `version 2 of mnist is still being promoted (${KEYS.status(runId)} does not name a version yet)`,
    );
    expect(await keepLast(store, 'mnist', 1)).toEqual([1]);
    // The run of a sweep has succeeded before the sweep makes it a version.
    setStatus(rest);
    await expect(deleteVersion(store, 'mnist', 2)).rejects.toThrow('is still being promoted');
    setStatus({ state: 'failed', reason: 'a reason', totalSteps: 6, startedAt, updatedAt });
    await deleteVersion(store, 'mnist', 2);
    expect(await versions()).toEqual([3, 4]);
  });

  it('puts it back when it is promoted in between', async () => {
    const before = s3.objects.get(KEYS.version('mnist', 2))!.body;
    s3.once(PutObjectCommand, (_input, perform) => {
      setLatest({ version: 2 });
      return perform();
    });
    await expect(deleteVersion(store, 'mnist', 2)).rejects.toThrow('version 2 of mnist serves');
    expect(s3.objects.get(KEYS.version('mnist', 2))!.body).toEqual(before);
  });
});

it('keepLast keeps the last ones, what serves and what a rollback goes back to', async () => {
  expect(await keepLast(store, 'mnist', 4)).toEqual([]);
  expect(await keepLast(store, 'mnist', 1)).toEqual([1, 2]);
  expect(await versions()).toEqual([3, 4]);
  expect(await rollBack(store, 'mnist')).toMatchObject({ to: 3 });
  expect(await keepLast(store, 'mnist', 1)).toEqual([]);
});
