/** Versions over HTTP while others change them, too, and while the storage is not there. */
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { KEYS } from '../../../functions/contract/keys.ts';
import { promote, rollBack } from '../../../functions/models/registry.ts';
import { s3Error } from '../support/fake-s3.ts';
import { manageStand } from './stand.ts';

const stand = manageStand();
const LATEST = KEYS.latest('mnist');
const latest = () => stand.s3.json(LATEST);
const releaseThree = async () => {
  for (const id of ['a', 'b', 'c']) await stand.runs.release(id, { iterations: 6 });
};

it('a promotion that meets another one is decided anew', async () => {
  await releaseThree();
  stand.s3.afterRead(LATEST, () => promote(stand.store, 'mnist', 2));
  expect(await stand.post('/models/mnist/promote', { version: 1 })).toMatchObject({
    status: 200,
    answer: { version: 1, before: 2 },
  });
  expect(latest()).toMatchObject({ version: 1, history: [3, 2] });
});

it.each([412, 409])('a write that S3 answers with %s is tried again', async (status) => {
  await releaseThree();
  stand.s3.once(PutObjectCommand, () => {
    throw s3Error(status, 'ConditionalRequestConflict');
  });
  const answer = await stand.post('/models/mnist/rollback', { from: 3 });
  expect(answer).toMatchObject({ status: 200, answer: { from: 3, version: 2 } });
});

it('a rollback that meets another one goes back once, whoever did it', async () => {
  await releaseThree();
  stand.s3.afterRead(LATEST, () => rollBack(stand.store, 'mnist'));
  const { status, answer } = await stand.post('/models/mnist/rollback', { from: 3 });
  expect([status, answer.from, answer.version]).toEqual([200, 3, 2]);
  expect(latest()).toMatchObject({ version: 2 });
});

it('a rollback that meets a promotion changes nothing, and says so', async () => {
  await releaseThree();
  stand.s3.afterRead(LATEST, () => promote(stand.store, 'mnist', 1));
  expect(await stand.post('/models/mnist/rollback')).toMatchObject({
    status: 409,
    answer: { error: expect.stringContaining('was changed meanwhile; nothing was rolled back') },
  });
  expect(latest()).toMatchObject({ version: 1 });
});

it('a version whose checkpoint is damaged does not come to serve', async () => {
  await releaseThree();
  const { key } = stand.s3.json(KEYS.version('mnist', 1)).checkpoint as { key: string };
  stand.s3.objects.set(key, { body: Buffer.from('other') });
  expect(await stand.post('/models/mnist/promote', { version: 1 })).toMatchObject({
    status: 409,
    answer: { error: expect.stringContaining('has SHA-256') },
  });
  expect(latest()).toMatchObject({ version: 3 });
});

it('says that the storage is out of reach, and of mistakes of its own nothing but where to look', async () => {
  await releaseThree();
  stand.s3.fail(s3Error(503, 'SlowDown'), GetObjectCommand);
  expect(await stand.post('/models/mnist/rollback')).toMatchObject({
    status: 503,
    headers: { 'retry-after': '1' },
    answer: { error: 'storage is unavailable, try again' },
  });
  stand.s3.fail(s3Error(403, 'AccessDenied'), GetObjectCommand);
  expect(await stand.post('/models/mnist/rollback')).toMatchObject({
    status: 500,
    answer: { error: 'internal error, request request-1' },
  });
  expect(latest()).toMatchObject({ version: 3 });
});
