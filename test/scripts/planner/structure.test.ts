import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partsOf, roundAt, type Workers } from '../../../core/training/rounds.ts';
import { TURNS_PER_EXECUTION } from '../../../functions/contract/limits.ts';
import { STATES } from '../../../functions/contract/states.ts';
import type { Job } from '../../../scripts/planner/job.ts';
import { structureOf } from '../../../scripts/planner/structure.ts';
import { jobs, TEXTBOOK, workers } from './jobs.ts';

/** The loop, chunk by chunk: functions/run/train.ts. */
function walkChunks({ totalSteps, chunkSteps, saveEverySteps, evaluateEverySteps }: Job) {
  const none = () => ({ chunks: 0, steps: 0, evaluations: 0, saves: 0, metrics: 0, inner: 0 });
  const seen = { StartRun: none(), TrainChunk: none() };
  const next = (every: number, step: number) => (Math.floor(step / every) + 1) * every;
  let chunk = 0;
  for (let step = 0; step < totalSteps; chunk++) {
    const of = chunk % (1 + TURNS_PER_EXECUTION) === 0 ? seen.StartRun : seen.TrainChunk;
    const end = Math.min(step + chunkSteps, totalSteps);
    of.chunks++;
    of.steps += end - step;
    if (next(saveEverySteps!, step) < end) of.inner++;
    while (step < end) {
      step = Math.min(end, next(evaluateEverySteps, step), next(saveEverySteps!, step));
      const isDue = step % evaluateEverySteps === 0 || step === totalSteps;
      const isKept = step % saveEverySteps! === 0 || step === end;
      if (isDue) of.evaluations++;
      if (isKept) of.saves++;
      if (isDue || isKept) of.metrics++;
    }
  }
  return seen;
}

/** The rounds, one by one: core/training/rounds.ts, evaluated as functions/reduce-round does. */
function walkRounds({ totalSteps, evaluateEverySteps }: Job, workers: Workers) {
  const seen = { rounds: 0, parts: 0, evaluations: 0 };
  for (let step = 0; step < totalSteps; ) {
    const round = roundAt(step, workers, totalSteps);
    seen.rounds++;
    seen.parts += partsOf(round).length;
    if (round.end % evaluateEverySteps === 0 || round.end === totalSteps) seen.evaluations++;
    step = round.end;
  }
  return seen;
}

const AT_ONCE = 1000;
const of = (job: Partial<Job>) => structureOf({ ...TEXTBOOK, ...job }, 1769, AT_ONCE);

describe('what a run consists of', () => {
  it('in chunks is what its loop would count', () => {
    fc.assert(
      fc.property(jobs, (job) => {
        const sequential = { ...TEXTBOOK, ...job, rounds: undefined, streamed: false };
        const { StartRun: begun, TrainChunk: turns } = walkChunks(sequential);
        const { chunks, evaluations, rounds, executions, trained, uses } = of(sequential);
        expect({ chunks, evaluations, rounds, executions }).toEqual({
          chunks: begun.chunks + turns.chunks,
          evaluations: begun.evaluations + turns.evaluations,
          rounds: 0,
          executions: begun.chunks,
        });
        for (const [name, walked] of Object.entries({ StartRun: begun, TrainChunk: turns })) {
          const { steps, evaluations, saves } = walked;
          expect(trained[name as keyof typeof trained]).toMatchObject({ steps, evaluations, saves });
        }
        expect(uses.StartRun.invocations).toBe(begun.chunks);
        expect(uses.TrainChunk.invocations).toBe(turns.chunks);
        // Each sixth document is folded with those before it.
        const folded = Math.floor((1 + begun.metrics) / 6);
        const folds = Math.floor((1 + begun.metrics + turns.metrics) / 6) - folded;
        expect(uses.TrainChunk.s3Writes).toBe(turns.saves + turns.metrics + folds);
        // Whoever goes on with a run has its checkpoint and metrics of step 0.
        const before = executions * STATES.StartRun.s3Writes - 2 * (executions - 1);
        expect(uses.StartRun.s3Writes).toBe(before + begun.saves + begun.metrics + folded);
        const dataset = turns.chunks === 0 ? 0 : 1 + TEXTBOOK.trainShards + TEXTBOOK.testShards;
        expect(uses.TrainChunk.s3Reads).toBe(dataset + 2 * turns.chunks + turns.inner + folds * 7);
      }),
    );
  });

  it('in rounds is what core makes of them', () => {
    fc.assert(
      fc.property(jobs, workers, fc.integer({ min: 1, max: 5 }), (job, rounds, every) => {
        const evaluateEverySteps = rounds.workers * rounds.localIterations * every;
        const parallel = { ...TEXTBOOK, ...job, rounds, evaluateEverySteps };
        const walked = walkRounds(parallel, rounds);
        const structure = of(parallel);
        expect(structure.rounds).toBe(walked.rounds);
        expect(structure.evaluations).toBe(walked.evaluations);
        expect(structure.uses.TrainWorker.invocations).toBe(walked.parts);
        expect(structure.uses.ReduceRound.invocations).toBe(walked.rounds);
        expect(structure.uses.TrainChunk.invocations).toBe(0);
      }),
    );
  });

  it('of the textbook job on MNIST is one chunk and 5 state transitions', () => {
    const { chunks, evaluations, executions, transitions, uses } = of(TEXTBOOK);
    expect({ chunks, evaluations, executions, transitions }).toEqual({
      chunks: 1,
      evaluations: 17,
      executions: 1,
      transitions: 4 + 1,
    });
    expect(uses.TrainChunk).toMatchObject({ invocations: 0, containers: 0, s3Reads: 0, s3Writes: 0 });
  });

  it('takes another execution when the turns of one are used up', () => {
    const turns = (chunks: number) => of({ totalSteps: chunks, chunkSteps: 1 });
    const most = 1 + TURNS_PER_EXECUTION;
    expect(turns(most).executions).toBe(1);
    expect(turns(most + 1).executions).toBe(2);
    // ContinueRun, RunContinues, and the preparation again.
    expect(turns(most + 1).transitions - turns(most).transitions).toBe(2 + 4);
    expect(turns(most + 1).uses.StartRun.invocations).toBe(2);
  });

  it('with shards that are streamed and kept, reads each of them once', () => {
    const streamed = of({ streamed: true, chunkSteps: 600 }).uses.TrainChunk;
    const held = of({ chunkSteps: 600 }).uses.TrainChunk;
    // The manifest is read by each chunk.
    expect(streamed.s3Reads - held.s3Reads).toBe(16 - 1);
    const large = { ...TEXTBOOK, streamed: true, datasetBytes: 55e9, trainShards: 6000, testShards: 1000 };
    expect(of(large).uses.StartRun.s3Reads).toBeGreaterThan(16 * 6000);
  });
});
