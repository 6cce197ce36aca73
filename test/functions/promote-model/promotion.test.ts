/** Promotion under a condition, on real runs: what the run ends as, and what serves afterwards. */
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { KEYS } from '../../../functions/contract/keys.ts';
import { deleteVersion, promote as operatorPromote, rollBack } from '../../../functions/models/registry.ts';
import { listVersions } from '../../../functions/models/versions.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { s3Error, s3WithContent } from '../support/fake-s3.ts';
import { tinyRuns } from '../support/tiny-run.ts';

const GATE = { promotion: { metric: 'testAccuracy', tolerance: 0.1 } };
/** Trained so little that it is worse than one that is trained to the end. */
const BAD = { iterations: 1, ...GATE };

const store = createS3Store('bucket');
const { prepare, trained, promote, release } = tinyRuns(store);
const s3 = s3WithContent(prepare);
const latest = () => s3.json(KEYS.latest('mnist'));
/** Does something when a promotion has its number, and has read what serves, which it has read before for a number. */
const afterNumber = (act: () => unknown) =>
  s3.afterRead(KEYS.latest('mnist'), () => s3.afterRead(KEYS.latest('mnist'), act));

it('serves the first version, whatever it is', async () => {
  expect(await promote(await trained('bad', BAD))).toMatchObject({ promoted: true, reason: null });
  expect(latest()).toEqual({ version: 1 });
});

it('serves a version that is as good', async () => {
  await release('good');
  expect(await promote(await trained('other', { iterations: 36, ...GATE }))).toMatchObject({
    promoted: true,
  });
  expect(latest()).toEqual({ version: 2, history: [1] });
  expect(s3.json(KEYS.status('other'))).toMatchObject({ state: 'succeeded', version: 2, promoted: true });
});

it('keeps a worse version without serving it, and says so', async () => {
  await release('good');
  const end = await trained('bad', BAD);
  const outcome = await promote(end);
  const reason = expect.stringMatching(/^testAccuracy 0\.\d+ is worse than the 1 of version 1, which serves/);
  expect(outcome).toMatchObject({ version: 2, promoted: false, reason });
  expect(s3.json(KEYS.status('bad'))).toMatchObject({
    state: 'succeeded',
    model: 'mnist',
    version: 2,
    promoted: false,
    reason,
  });
  expect(latest()).toEqual({ version: 1 });
  expect(s3.json(KEYS.version('mnist', 2))).toMatchObject({ runId: 'bad', checkpoint: end.checkpoint });
  // Repeated, it is the same; the next run takes the next number.
  expect(await promote(end)).toEqual(outcome);
  expect(await release('next')).toBe(3);
  expect(latest()).toEqual({ version: 3, history: [1] });
});

it('serves whatever it is with "always"', async () => {
  await release('good');
  await release('bad', { iterations: 1, promotion: 'always' });
  expect(latest()).toEqual({ version: 2, history: [1] });
});

it('keeps what serves where nothing is said, unless the new version is about as good', async () => {
  const promotion = undefined;
  await release('good', { promotion });
  expect(await promote(await trained('bad', { iterations: 1, promotion }))).toMatchObject({
    version: 2,
    promoted: false,
    reason: expect.stringMatching(/by more than the tolerance of 0\.01$/),
  });
  expect(latest()).toEqual({ version: 1 });
  expect(await promote(await trained('same', { promotion }))).toMatchObject({ version: 3, promoted: true });
});

it('compares with what serves when it is written, not with what served when it looked', async () => {
  await release('worst', { iterations: 1 });
  const good = await trained('good', { seed: 1 });
  const bad = await trained('bad', BAD);
  let raced = false;
  afterNumber(async () => {
    raced = true;
    await promote(good);
  });
  expect(await promote(bad)).toMatchObject({ promoted: false });
  expect(raced).toBe(true);
  expect(s3.json(KEYS.version('mnist', latest().version as number))).toMatchObject({ runId: 'good' });
});

it('looks again when what served is deleted before it is compared with', async () => {
  await release('good');
  const end = await trained('same', GATE);
  afterNumber(async () => {
    await release('next', { seed: 1 });
    await deleteVersion(store, 'mnist', 1);
  });
  expect(await promote(end)).toMatchObject({ version: 2, promoted: true });
  // The higher one serves.
  expect(latest()).toMatchObject({ version: 3 });
});

it('of two runs that end the other way round serves the higher version, whoever comes last', async () => {
  await release('before', { seed: 2 });
  const [first, second] = [await trained('first'), await trained('second', { seed: 1 })];
  // The first one has its number, and is held up when it has looked at what serves.
  afterNumber(async () => {
    expect(await promote(second)).toMatchObject({ version: 3, promoted: true });
  });
  expect(await promote(first)).toMatchObject({ version: 2 });
  expect(latest().version).toBe(3);
});

it('repeated late leaves what an operator has decided since', async () => {
  const one = await trained('one');
  await promote(one);
  const two = await trained('two', { seed: 1 });
  const outcome = await promote(two);
  await rollBack(store, 'mnist');
  expect(await promote(two)).toEqual(outcome);
  expect(latest()).toEqual({ version: 1, newest: 2 });
  // Nor does an attempt that was cut off before the status.
  s3.objects.delete(KEYS.status('two'));
  expect(await promote(two)).toMatchObject({ version: 2 });
  expect(latest()).toEqual({ version: 1, newest: 2 });
  // The attempt that was cut off had got as far as latest.json, but not to the status.
  await operatorPromote(store, 'mnist', 2);
  await operatorPromote(store, 'mnist', 1);
  s3.objects.delete(KEYS.status('two'));
  await promote(two);
  expect(latest()).toEqual({ version: 1, history: [2], newest: 2 });
});

it('is no version again once its version is deleted', async () => {
  const end = await trained('first', {});
  const outcome = await promote(end);
  await release('second');
  await deleteVersion(store, 'mnist', 1);
  expect(await promote(end)).toEqual(outcome);
  expect(await listVersions(store, 'mnist')).toEqual([2]);
  expect(latest()).toMatchObject({ version: 2, history: [] });
  expect(s3.json(KEYS.status('first'))).toMatchObject({ version: 1 });
});

/** Each moment at which one attempt is held up while another is over, and an operator deletes its version. */
const stalls = {
  'has not claimed a number': (meanwhile: () => Promise<unknown>) =>
    s3.once(PutObjectCommand, async (_input, perform) => {
      await meanwhile();
      return perform();
    }),
  'has claimed a number': (meanwhile: () => Promise<unknown>) =>
    s3.once(PutObjectCommand, async (_input, perform) => {
      const written = await perform();
      await meanwhile();
      return written;
    }),
  'has read the status': (meanwhile: () => Promise<unknown>) => s3.afterRead(KEYS.status('late'), meanwhile),
  'has its number': (meanwhile: () => Promise<unknown>) => afterNumber(meanwhile),
};
it.each(Object.entries(stalls))(
  'that is held up when it %s brings no deleted version back',
  async (_moment, stall) => {
    await release('first');
    const end = await trained('late', { seed: 2 });
    let other: object | undefined;
    stall(async () => {
      other = await promote(end);
      await release('next', { seed: 3 });
      await deleteVersion(store, 'mnist', 2);
    });
    expect(await promote(end)).toEqual(other);
    expect(other).toMatchObject({ version: 2, promoted: true });
    expect(s3.json(KEYS.status('late'))).toMatchObject({ state: 'succeeded', version: 2 });
    expect(latest()).toMatchObject({ version: 3 });
  },
);

it('gets no number that was another version’s, though that one is deleted while it looks', async () => {
  await release('first');
  await release('second', { seed: 1 });
  const end = await trained('late', { seed: 2 });
  s3.once(PutObjectCommand, async (_input, perform) => {
    const claimed = await perform();
    await release('third', { seed: 3 });
    await deleteVersion(store, 'mnist', 2);
    return claimed;
  });
  expect(await promote(end)).toMatchObject({ version: 4 });
  expect(await listVersions(store, 'mnist')).toEqual([1, 3, 4]);
});

it('gets no number that was given and deleted while it was held up', async () => {
  await release('first');
  const end = await trained('late', { seed: 2 });
  s3.afterRead(KEYS.status('late'), async () => {
    await release('second', { seed: 1 });
    await release('third', { seed: 3 });
    await deleteVersion(store, 'mnist', 2);
  });
  expect(await promote(end)).toMatchObject({ version: 4 });
  expect(await listVersions(store, 'mnist')).toEqual([1, 3, 4]);
});

it('serves again where nothing of the model does any more', async () => {
  const only = await trained('only');
  await promote(only);
  s3.objects.delete(KEYS.latest('mnist'));
  expect(await promote(only)).toMatchObject({ version: 1, promoted: true });
  expect(latest()).toEqual({ version: 1 });
});

it('is the version that an attempt which was cut off has written, though another came between', async () => {
  await release('first');
  const end = await trained('cut', { seed: 2 });
  s3.once(HeadObjectCommand, async () => {
    // Between the look for a free number and the claim on it.
    await release('second', { seed: 1 });
    throw s3Error(404, 'NotFound');
  });
  s3.afterRead(KEYS.status('cut'), () =>
    // It has its number, and is killed before its status says so.
    s3.afterRead(KEYS.status('cut'), () => {
      throw new Error('killed');
    }),
  );
  await expect(promote(end)).rejects.toThrow('killed');
  // Whoever repeats it writes another time into the document.
  expect(await promote(end, new Date('2026-11-24T09:00:00Z'))).toMatchObject({ version: 3, promoted: true });
  expect(await release('last', { seed: 3 })).toBe(4);
});
