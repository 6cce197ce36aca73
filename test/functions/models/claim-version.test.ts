/** Numbers of versions, whatever the clocks say. */

import { beforeEach, expect, it } from 'vitest';
import { claimVersion } from '../../../functions/models/claim-version.ts';
import { NOT_EVALUATED } from '../../../functions/run/figures.ts';
import { DEFAULT_JOB } from '../../../functions/schemas/config.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { fakeS3 } from '../support/fake-s3.ts';

const store = createS3Store('bucket');
beforeEach(() => {
  fakeS3();
});

const promotion = (runId: string, promotedAt: string) => ({
  formatVersion: 1 as const,
  model: 'mnist',
  runId,
  step: 1,
  checkpoint: { key: `runs/${runId}/checkpoints/00000001.safetensors`, sha256: 'a'.repeat(64), bytes: 1 },
  metrics: { ...NOT_EVALUATED, loss: 1, trainAccuracy: 0.5, testAccuracy: 0.5 },
  config: DEFAULT_JOB,
  dataset: { name: 'mnist', manifestSha256: 'b'.repeat(64) },
  gitRevision: 'unknown',
  promotedAt,
});

it('a promotion that is tried again keeps its number though the clock has jumped and others came between', async () => {
  const claim = (runId: string, promotedAt: string) => claimVersion(store, promotion(runId, promotedAt));
  expect(await claim('ahead', '2030-01-01T00:00:00.000Z')).toBe(1);
  expect(await claim('set-right', '2026-01-01T00:00:00.000Z')).toBe(2);
  expect(await claim('behind', '1999-01-01T00:00:00.000Z')).toBe(3);
  expect(await claim('ahead', '2026-01-01T00:00:01.000Z')).toBe(1);
  expect(await claim('set-right', '2040-01-01T00:00:00.000Z')).toBe(2);
  expect(await claim('next', '2026-01-01T00:00:02.000Z')).toBe(4);
});
