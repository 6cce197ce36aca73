/** Promotion under a condition, on real runs: what the run ends as, and what serves afterwards. */
import { expect, it } from 'vitest';
import { KEYS } from '../../../functions/contract/keys.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { s3WithContent } from '../support/fake-s3.ts';
import { tinyRuns } from '../support/tiny-run.ts';

const GATE = { promotion: { metric: 'testAccuracy', tolerance: 0.1 } };
/** Trained so little that it is worse than one that is trained to the end. */
const BAD = { iterations: 1, ...GATE };

const store = createS3Store('bucket');
const { prepare, trained, promote, release } = tinyRuns(store);
const s3 = s3WithContent(prepare);
const latest = () => s3.json(KEYS.latest('mnist'));

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

it('always serves without the condition', async () => {
  await release('good');
  await release('bad', { iterations: 1 });
  expect(latest()).toEqual({ version: 2, history: [1] });
});

it('compares with what serves when it is written, not with what served when it looked', async () => {
  await release('worst', { iterations: 1 });
  const good = await trained('good', { seed: 1 });
  const bad = await trained('bad', BAD);
  let raced = false;
  s3.afterRead(KEYS.latest('mnist'), async () => {
    raced = true;
    await promote(good);
  });
  expect(await promote(bad)).toMatchObject({ promoted: false });
  expect(raced).toBe(true);
  expect(s3.json(KEYS.version('mnist', latest().version as number))).toMatchObject({ runId: 'good' });
});
