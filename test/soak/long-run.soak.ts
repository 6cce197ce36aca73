/** A run of more work than one execution's history of 25,000 events holds, with the app's own number of turns. */
import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { KEYS } from '../../functions/contract/keys.ts';
import { LIMITS, TURNS_PER_EXECUTION } from '../../functions/contract/limits.ts';
import { RollingCloud } from '../scripts/cloud/long-runs/rolling-cloud.ts';

const STEPS = 3600;
const JOB = { iterations: STEPS, evaluateEvery: STEPS, batchSize: 1, seed: 8 };

const rolling = new RollingCloud();
beforeAll(() => rolling.start());
afterAll(() => rolling.close());

it('more than 25,000 events of work are one run, with the bytes of one chunk', {
  timeout: 3_600_000,
}, async () => {
  const began = performance.now();
  const events = await rolling.run('long', { ...JOB, chunkIterations: 1 });
  const seconds = (performance.now() - began) / 1000;
  expect(events.at(-1)).toMatchObject({ kind: 'ended', status: 'SUCCEEDED', output: { step: STEPS } });
  const names = ['long', ...events.flatMap((event) => (event.kind === 'continued' ? [event.by] : []))];
  expect(names).toHaveLength(Math.ceil(STEPS / TURNS_PER_EXECUTION));

  const prefix = rolling.output('stateMachine').replace(':stateMachine:', ':execution:');
  const lengths: number[] = [];
  for (const name of names) {
    const newest = new GetExecutionHistoryCommand({
      executionArn: `${prefix}:${name}`,
      reverseOrder: true,
      maxResults: 1,
    });
    lengths.push((await rolling.client.send(newest)).events![0]!.id!);
  }
  const total = lengths.reduce((sum, length) => sum + length);
  expect(total).toBeGreaterThan(LIMITS.historyEvents);
  for (const length of lengths) expect(length).toBeLessThan(LIMITS.historyEvents);

  await rolling.run('whole', { ...JOB, chunkIterations: STEPS });
  const [a, b] = await Promise.all(
    ['long', 'whole'].map((runId) => rolling.read(KEYS.checkpoint(runId, STEPS))),
  );
  expect(Buffer.compare(a!, b!)).toBe(0);
  const failed = events.filter(({ kind }) => kind === 'attemptFailed').length;
  console.log(
    `${STEPS} chunks in ${seconds.toFixed(0)} s, ${names.length} executions of ${lengths.join(', ')} events, ` +
      `${total} in all, ${failed} failed attempts`,
  );
});
