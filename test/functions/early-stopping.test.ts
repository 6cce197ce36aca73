/** Runs that end when they no longer improve, step by step as the state machine takes them, and killed in between. */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { KEYS } from '../../functions/contract/keys.ts';
import { figuresOf } from '../../functions/run/step-metrics.ts';
import { stepMetrics } from '../../functions/schemas/documents.ts';
import {
  type RunProgress,
  runProgress,
  type StepEvaluation,
  trainChunkInput,
} from '../../functions/schemas/payloads.ts';
import { createS3Store } from '../../functions/store/s3-store.ts';
import { howMany, isProof } from '../support/needs.ts';
import { s3WithContent } from './support/fake-s3.ts';
import { tinyRuns } from './support/tiny-run.ts';

const store = createS3Store('bucket');
const { prepare, start, chunk, trainToEnd, promote } = tinyRuns(store);
const s3 = s3WithContent(prepare);

const ITERATIONS = 120;
const PATIENCE = 4;
/** Accuracy in ninths, every 4 steps: 3 3 6 6 7 3 6 6 6 9 …; so a patience of 4 ends it at step 32 with the best at 16. */
const job = (earlyStopping?: object, more: object = {}) => ({
  iterations: ITERATIONS,
  learningRate: 0.3,
  seed: 5,
  evaluateEvery: 4,
  chunkIterations: 10,
  ...(earlyStopping === undefined ? {} : { earlyStopping: { patience: PATIENCE, ...earlyStopping } }),
  ...more,
});

/** What a run is about: where it stands, and with which weights. */
const essence = ({ step, done, checkpoint, best }: RunProgress) => ({
  step,
  done,
  checkpoint: checkpoint.sha256,
  best,
});
const ended = async (runId: string, config: object) => (await trainToEnd(await start(runId, config))).at(-1)!;
const withoutRunIds = (value: unknown) =>
  JSON.parse(JSON.stringify(value).replace(/runs\/[^/]+\//g, 'runs/*/'));

/** All evaluations and checkpoints of the job when nothing stops it. */
async function untilTheEnd(): Promise<{ evaluations: StepEvaluation[]; shas: Map<number, string> }> {
  const chunks = await trainToEnd(await start('whole', job(undefined, { chunkIterations: 4 })));
  const shas = new Map(chunks.map(({ step, checkpoint }) => [step, checkpoint.sha256]));
  return { evaluations: chunks.flatMap(({ evaluations }) => evaluations), shas };
}

/** Where a run has to stop, and its best evaluation, by looking at all of them at once. */
function expectedEnd(
  evaluations: StepEvaluation[],
  gainOf: (a: StepEvaluation, b: StepEvaluation) => number,
) {
  for (let last = 0; last < evaluations.length; last++) {
    const seen = evaluations.slice(0, last + 1);
    const best = seen.findIndex((one) => seen.every((other) => gainOf(other, one) <= 0));
    if (last - best >= PATIENCE) return { best: evaluations[best]!, last: evaluations[last]! };
  }
  throw new Error('never stops');
}
const byAccuracy = (a: StepEvaluation, b: StepEvaluation) => a.testAccuracy! - b.testAccuracy!;
const byLoss = (a: StepEvaluation, b: StepEvaluation) =>
  (b.loss ?? Number.POSITIVE_INFINITY) - (a.loss ?? Number.POSITIVE_INFINITY);

describe('a run with early stopping', () => {
  it('stops after `patience` evaluations without a gain and ends with the weights of its best', async () => {
    const { evaluations, shas } = await untilTheEnd();
    const { best, last } = expectedEnd(evaluations, byAccuracy);
    expect(last.step).toBeLessThan(ITERATIONS);
    expect(best.step).toBeGreaterThan(0);
    const end = await ended('run', job({}));
    expect(essence(end)).toMatchObject({ step: best.step, done: true, checkpoint: shas.get(best.step) });
    expect(end.epoch).toBe(best.epoch);
    expect(end.best).toMatchObject({ step: best.step, value: best.testAccuracy, stale: PATIENCE });
    expect(end.best!.checkpoint).toEqual(end.checkpoint);
    expect(end.evaluations.at(-1)).toEqual(last);
    expect(s3.objects.has(KEYS.checkpoint('run', last.step + 4))).toBe(false);
    const why = `stopped at step ${last.step} of ${ITERATIONS}: no gain in ${PATIENCE} evaluations since step ${best.step}`;
    expect(end.stopped).toBe(`${why}; its weights are those of step ${best.step}, the best`);
    // Said wherever a run's end is.
    expect(await promote(end)).toMatchObject({ promoted: true, stopped: end.stopped });
    expect(s3.json(KEYS.status('run'))).toMatchObject({ stopped: end.stopped });
  });

  it('promotes its best with the metrics of its best', async () => {
    const end = await ended('run', job({}));
    const { step } = await promote(end);
    expect(step).toBe(end.best!.step);
    const { metrics, checkpoint } = s3.json(KEYS.version('mnist', 1)) as Record<string, unknown>;
    const { loss, ...measured } = stepMetrics.parse(s3.json(KEYS.metrics('run', step)));
    expect(metrics).toEqual({ loss, ...figuresOf(measured) });
    expect(measured.testAccuracy).toBe(end.best!.value);
    expect(checkpoint).toEqual(end.checkpoint);
    expect(end.checkpoint.key).toBe(KEYS.checkpoint('run', step));
  });

  it('ends with its last weights when the best are not to be restored', async () => {
    const { evaluations, shas } = await untilTheEnd();
    const { last } = expectedEnd(evaluations, byAccuracy);
    const end = await ended('run', job({ restoreBest: false }));
    expect(essence(end)).toMatchObject({ step: last.step, done: true, checkpoint: shas.get(last.step) });
    expect(end.stopped).toBe(
      `stopped at step ${last.step} of ${ITERATIONS}: no gain in ${PATIENCE} evaluations since step ${end.best!.step}`,
    );
    expect(end.best!.checkpoint).toBeNull();
    await promote(end);
    expect(s3.json(KEYS.version('mnist', 1))).toMatchObject({ step: last.step });
  });

  it("monitors the loss from the first step on: the untrained network's is not counted", async () => {
    const { evaluations } = await untilTheEnd();
    const { best } = expectedEnd(evaluations.slice(1), byLoss);
    const first = await start('run', job({ monitor: 'loss' }));
    expect(first).toMatchObject({ best: null, done: false });
    const end = (await trainToEnd(first)).at(-1)!;
    expect(end.best).toMatchObject({ step: best.step, value: best.loss });
    expect(end.step).toBe(best.step);
  });

  it('that improves to the end ends with its best, too', async () => {
    const { evaluations, shas } = await untilTheEnd();
    const iterations = expectedEnd(evaluations, byAccuracy).best.step + 6;
    const end = await ended('run', job({}, { iterations }));
    expect(end.stopped).toBe(`its weights are those of step ${iterations - 6}, the best`);
    expect(essence(end)).toMatchObject({
      step: iterations - 6,
      done: true,
      checkpoint: shas.get(iterations - 6),
    });
    expect(s3.objects.has(KEYS.checkpoint('run', iterations))).toBe(true);
    await promote(end);
  });

  it.each([
    [0, 16],
    [0.2, 8],
    [0.4, 16],
    [0.5, 0],
  ])('counts only gains of more than a minDelta of %f: the best is at step %i', async (minDelta, step) => {
    expect(await ended('run', job({ minDelta }))).toMatchObject({ step, best: { step, stale: PATIENCE } });
  });

  it('carries its best in the state of the loop', async () => {
    for (const progress of await trainToEnd(await start('run', job({})))) {
      expect(runProgress.parse(JSON.parse(JSON.stringify(progress)))).toEqual(progress);
      const { runId, step, checkpoint, best, runDollars, loop } = progress;
      const event = { runId, step, checkpoint, best, runDollars, loop, retries: 0 };
      expect(trainChunkInput.parse(event)).toEqual(event);
    }
  });

  it('without the field has no best', async () => {
    for (const { best } of await trainToEnd(await start('run', job(undefined, { iterations: 20 })))) {
      expect(best).toBeNull();
    }
  });
});

describe.each(
  [{ restoreBest: true }, { restoreBest: false }, { monitor: 'loss', patience: 1 }].map(
    (stopping, index) => ({ stopping, index }),
  ),
)('a run with $stopping', ({ stopping, index }) => {
  it('ends the same for any chunks', async () => {
    const ends: unknown[] = [];
    for (const chunkIterations of [1, 3, 4, 7, 16, ITERATIONS]) {
      const end = await ended(`chunks-${chunkIterations}`, job(stopping, { chunkIterations }));
      ends.push(withoutRunIds(essence(end)));
    }
    for (const end of ends) expect(end).toEqual(ends[0]);
  });

  it('ends the same when it is killed and resumed between any two chunks', async () => {
    const chunks = await trainToEnd(await start('run', job(stopping)));
    expect(chunks.length).toBeGreaterThan(3);
    for (let kept = 1; kept <= chunks.length; kept++) {
      const runId = `killed-${kept}`;
      let last = await start(runId, job(stopping));
      for (let turn = 1; turn < kept; turn++) last = await chunk(last);
      const resumed = await start(runId, job(stopping));
      expect(essence(resumed)).toEqual(essence(last));
      const end = (await trainToEnd(resumed)).at(-1)!;
      expect(withoutRunIds(essence(end))).toEqual(withoutRunIds(essence(chunks.at(-1)!)));
    }
  });

  it('ends the same when it is killed at any write, before or after it', async () => {
    /** Counts writes, and ends the process, so to speak, at the given one. @returns how many there were */
    const countWrites = (fatal: number, isWritten: boolean): (() => number) => {
      let writes = 0;
      const arm = () =>
        s3.once(PutObjectCommand, async (_input, perform) => {
          const isFatal = ++writes === fatal;
          if (isFatal && !isWritten) throw new Error('killed');
          const answer = await perform();
          if (isFatal) throw new Error('killed');
          arm();
          return answer;
        });
      arm();
      return () => writes;
    };
    const writesOf = countWrites(-1, false);
    const expected = withoutRunIds(essence(await ended('run', job(stopping))));
    const writes = writesOf();
    expect(writes).toBeGreaterThan(10);
    // Of any three writes that follow each other, each of the three configs takes another.
    for (let fatal = 1 + (isProof ? 0 : index); fatal <= writes; fatal += howMany(3, 1)) {
      for (const isWritten of [false, true]) {
        const runId = `fatal-${fatal}-${isWritten}`;
        countWrites(fatal, isWritten);
        await expect(ended(runId, job(stopping))).rejects.toThrow('killed');
        expect(withoutRunIds(essence(await ended(runId, job(stopping))))).toEqual(expected);
      }
    }
  });

  it('ends the same when every chunk runs out of time', async () => {
    const expected = withoutRunIds(essence(await ended('run', job(stopping))));
    let progress = await start('short', job(stopping));
    for (let turn = 0; !progress.done; turn++) {
      let asked = 0;
      progress = await chunk(progress, () => (++asked < 3 + (turn % 5) ? 900_000 : 1000));
    }
    expect(withoutRunIds(essence(progress))).toEqual(expected);
  });
});

describe('a resumed run whose checkpoints are damaged', () => {
  it.each(['lost', 'changed'])(
    'goes back to before its best when that one is %s, and ends the same',
    async (how) => {
      const chunks = await trainToEnd(await start('run', job({})));
      const end = chunks.at(-1)!;
      const { key } = end.checkpoint;
      if (how === 'lost') s3.objects.delete(key);
      else s3.objects.damage(key, 200);
      const resumed = await start('run', job({}));
      expect(resumed.done).toBe(false);
      expect(resumed.step).toBeLessThan(end.step);
      if (how === 'changed') return;
      expect(essence((await trainToEnd(resumed)).at(-1)!)).toEqual(essence(end));
    },
  );
});
