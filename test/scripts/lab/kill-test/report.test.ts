import { expect, it } from 'vitest';
import { describeKills } from '../../../../scripts/lab/kill-test/report.ts';

const run = (runId: string, sha256: string) => ({ runId, sha256, reproducible: `${sha256}-weights` });

it('counts kills by phase and victim, and shows complaints, failures and bytes that differ', () => {
  const text = describeKills(
    {
      kills: [
        { victim: 'group', phase: 'TrainChunk', after: 1500, gone: 3 },
        { victim: 'function', phase: 'TrainChunk', after: 2500, gone: 250.4 },
        { victim: 'parent', phase: 'plot', after: 500, gone: 12 },
      ],
      finished: 1,
      messages: new Map([['attempt failed: Runtime.ExitError', 2]]),
      failed: ['ended with 1:\nrun failed'],
    },
    {
      seconds: 61.2,
      stored: { runs: [run('a', 'aa'), run('b', 'bb')], versions: 2 },
      expected: run('w', 'aa'),
    },
  );
  expect(text).toMatch(/^TrainChunk +1 +0 +1 +2$/m);
  expect(text).toMatch(/^plot +0 +1 +0 +1$/m);
  expect(text).toMatch(/^all +1 +1 +1 +3$/m);
  expect(text).toContain('3 kills in 61 s; 1 starts came to their end on the way, 1 failed');
  expect(text).toContain('gone 250 ms after the kill at the latest');
  expect(text).toContain('2 × attempt failed: Runtime.ExitError');
  expect(text).toContain('failed: ended with 1:\nrun failed');
  expect(text).toContain('1 × SHA-256 aa, as undisturbed');
  expect(text).toContain('1 × SHA-256 bb, NOT the undisturbed aa');
});
