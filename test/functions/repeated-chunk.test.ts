/** A chunk that is trained again, after an attempt whose answer was lost. */
import { expect, it } from 'vitest';
import { runProgress } from '../../functions/schemas/payloads.ts';
import { createS3Store } from '../../functions/store/s3-store.ts';
import { s3WithContent } from './support/fake-s3.ts';
import { tinyRuns } from './support/tiny-run.ts';

const store = createS3Store('bucket');
const { prepare, start, chunk } = tinyRuns(store);
s3WithContent(prepare);

it('answers what the loop can carry, however many metrics the first attempt has left', async () => {
  const begun = await start('again', { iterations: 24, chunkIterations: 12, evaluateEvery: 3 });
  const half = await chunk(begun);
  // As many as the loop carries.
  expect(half.loop!.unfolded).toEqual([0, 3, 6, 9, 12]);
  const first = runProgress.parse(await chunk(half));
  const again = runProgress.parse(await chunk(half));
  expect([again.step, again.checkpoint]).toEqual([first.step, first.checkpoint]);
});
