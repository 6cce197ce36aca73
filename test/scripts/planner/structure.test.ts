import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partsOf, roundAt, type Workers } from '../../../core/training/rounds.ts';
import type { Job } from '../../../scripts/planner/job.ts';
import { structureOf } from '../../../scripts/planner/structure.ts';
import { jobs, TEXTBOOK, workers } from './jobs.ts';

/** The loop, turn by turn: functions/train-chunk. */
function walkChunks({ totalSteps, chunkSteps, evaluateEverySteps }: Job) {
  const seen = { chunks: 0, evaluations: 0, metrics: 0 };
  for (let step = 0; step < totalSteps; ) {
    const end = Math.min(step + chunkSteps, totalSteps);
    seen.chunks++;
    while (step < end) {
      const next = (Math.floor(step / evaluateEverySteps) + 1) * evaluateEverySteps;
      step = Math.min(end, next);
      const isDue = step % evaluateEverySteps === 0 || step === totalSteps;
      if (isDue) seen.evaluations++;
      if (isDue || step === end) seen.metrics++;
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
        const sequential = { ...TEXTBOOK, ...job, rounds: undefined };
        const walked = walkChunks(sequential);
        const { chunks, evaluations, rounds, uses } = of(sequential);
        expect({ chunks, evaluations, rounds }).toEqual({
          chunks: walked.chunks,
          evaluations: walked.evaluations,
          rounds: 0,
        });
        expect(uses.TrainChunk.invocations).toBe(walked.chunks);
        // A checkpoint for each chunk.
        expect(uses.TrainChunk.s3Writes).toBe(walked.chunks + walked.metrics);
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

  it('of the textbook job on MNIST is 17 chunks and 44 state transitions', () => {
    const { chunks, evaluations, executions, transitions } = of(TEXTBOOK);
    expect({ chunks, evaluations, executions, transitions }).toEqual({
      chunks: 17,
      evaluations: 17,
      executions: 1,
      transitions: 5 + 4 + 17 * 2 + 1,
    });
  });

  it('takes another execution when the turns of one are used up', () => {
    const turns = (chunks: number) => of({ totalSteps: chunks, chunkSteps: 1 });
    expect(turns(850).executions).toBe(1);
    expect(turns(851).executions).toBe(2);
    // ContinueRun, RunContinues, and the preparation again.
    expect(turns(851).transitions - turns(850).transitions).toBe(2 + 2 + 5 + TEXTBOOK.files);
    expect(turns(851).uses.StartRun.invocations).toBe(2);
  });

  it('with shards that are streamed and kept, reads each of them once', () => {
    const streamed = of({ streamed: true }).uses.TrainChunk;
    const held = of(TEXTBOOK).uses.TrainChunk;
    // The manifest is read by each chunk.
    expect(streamed.s3Reads - held.s3Reads).toBe(17 - 1);
    const large = { ...TEXTBOOK, streamed: true, datasetBytes: 55e9, trainShards: 6000, testShards: 1000 };
    expect(of(large).uses.TrainChunk.s3Reads).toBeGreaterThan(16 * 6000);
  });
});
