/** Caps through the real state machine, with real clocks. */
import { beforeAll, describe, expect, it } from 'vitest';
import { KEYS } from '../../../../functions/contract/keys.ts';
import { runStatus, stepMetrics } from '../../../../functions/schemas/documents.ts';
import { getDocument } from '../../../../functions/store/verified.ts';
import type { RunEvent } from '../../../../scripts/client/follow.ts';
import { ProgressReporter } from '../../../../scripts/client/progress.ts';
import { describePromotion } from '../../../../scripts/client/run.ts';
import { howMany } from '../../../support/needs.ts';
import type { RollingCloud } from './rolling-cloud.ts';

/** Far more steps than any of the caps pays for. */
const JOB = { iterations: 50_000_000, chunkIterations: 100, learningRate: 0.5 };

type Progress = Extract<RunEvent, { kind: 'progress' }>;
const progressOf = (events: RunEvent[]) =>
  events.filter((event): event is Progress => event.kind === 'progress').map(({ progress }) => progress);
/** @param rolling a cloud that is started before the tests */
export function describeCaps(rolling: RollingCloud): void {
  const caps: [string, number][] = [
    // Over several executions: a chunk has two state transitions and some requests to S3, 0.00007 and more.
    ['maxDollars', 0.0015],
    ['maxSeconds', 5],
  ];
  describe.each(caps.slice(0, howMany(1, 2)))('%s of %s', (field, limit) => {
    let events: RunEvent[];
    beforeAll(async () => {
      events = await rolling.run(field, { ...JOB, [field]: limit });
    });

    it('ends the run at a step, evaluated, saved and promoted, within the cap', async () => {
      const progress = progressOf(events);
      const { step, stopped } = progress.at(-1)!;
      expect(stopped).toBe(`stopped at step ${step} of 50000000: ${field} ${limit} reached`);
      expect(events.at(-1)).toMatchObject({
        status: 'SUCCEEDED',
        output: { runId: field, step, promoted: true, stopped },
      });
      const metrics = await getDocument(rolling.store, stepMetrics, KEYS.metrics(field, step));
      expect(metrics.testAccuracy).not.toBeNull();
      expect(metrics).toMatchObject({ stopped, checkpoint: { key: KEYS.checkpoint(field, step) } });
      const status = await getDocument(rolling.store, runStatus, KEYS.status(field));
      expect(status).toMatchObject({ state: 'succeeded', stopped });
      if (field !== 'maxDollars') return;
      // How long a last evaluation takes is the machine's affair; what is sure is that nothing began above the cap.
      for (const before of progress.slice(0, -1)) expect(before.runDollars).toBeLessThan(limit);
    });

    it('is done when it is started again, as the same version', async () => {
      const { step, checkpoint } = progressOf(events).at(-1)!;
      const again = await rolling.run(`${field}.900`, { ...JOB, [field]: limit });
      expect(progressOf(again)).toMatchObject([{ step, done: true, checkpoint }]);
      const output = (run: RunEvent[]) => (run.at(-1) as { output: { version: number } }).output;
      expect(output(again).version).toBe(output(events).version);
    });

    it('can not be raised for a run that is there', async () => {
      const other = await rolling.run(`${field}.901`, { ...JOB, [field]: limit * 2 });
      expect(other.at(-1)).toMatchObject({ status: 'FAILED', error: 'ConflictError' });
    });

    it('is what the command shows beside what is used, and the end says why', () => {
      let text = '';
      const out = { write: (part: string) => (text += part), isTTY: true, clearLine() {}, cursorTo() {} };
      const reporter = new ProgressReporter(out, { showBook: false, caps: { [field]: limit } });
      for (const event of events) reporter.show(event);
      const { runDollars } = progressOf(events).at(-1)!;
      const dollars = `$${runDollars.toFixed(6)}`;
      expect(text).toMatch(
        field === 'maxDollars'
          ? `  ${dollars} of $0.001500`
          : new RegExp(` {2}\\$\\d\\.\\d{6} {2}\\d+ of ${limit} s`),
      );
      const { output } = events.at(-1) as { output: Parameters<typeof describePromotion>[0] };
      expect(describePromotion(output)).toMatch(
        `; stopped at step ${output.step} of 50000000: ${field} ${limit} reached`,
      );
    });
  });

  it('the estimate has every state transition in it', async () => {
    const { runDollars } = progressOf(
      await rolling.run('counted', { ...JOB, iterations: 300, chunkIterations: 100 }),
    ).at(-1)!;
    // ValidateConfig, ShardDataset, StartRun, TrainingDone, and two turns of two.
    // Its time comes on top, which is the machine's affair.
    expect(runDollars).toBeGreaterThan(8 * 0.000025);
  });
}
