/** Mistakes that the simulation has to find, each within so many seeds; docs/reliability.md says at which seed it does. */
import type { Change } from '../mutations/apply.ts';

/** A mistake may hide from some seeds, not from more. */
export const MOST_SEEDS = 200;

export interface Mistake {
  /** What the app does then. */
  name: string;
  changes: readonly Change[];
}

const STORE = 'functions/store/s3-store.ts';
const STATUS = 'functions/run/status.ts';
const LATEST = 'functions/models/latest.ts';
const REGISTRY = 'functions/models/registry.ts';
const CLAIMS = 'functions/models/claims.ts';
const CACHE = 'functions/inference/model-cache.ts';
const CHUNK = 'functions/train-chunk/train-chunk.ts';
const TRAIN = 'functions/run/train.ts';
const TRAINER = 'core/training/trainer.ts';
const START = 'functions/start-run/begin-run.ts';
const WHERE = 'functions/run/where-it-was.ts';
const PROMOTE = 'functions/promote-model/promote-model.ts';
const PARTS = 'functions/reduce-round/worker-results.ts';
const CAPS = 'functions/run/caps.ts';
const BATCH = 'functions/plan-batch/plan-batch.ts';

const of = (name: string, file: string, find: string, replace: string, within?: string): Mistake => ({
  name,
  changes: [{ file, find, replace, ...(within === undefined ? {} : { within }) }],
});

const STORING: Mistake[] = [
  of('writes without `If-None-Match`', STORE, "{ IfNoneMatch: '*' }", '{}', 'tryCreate'),
  of('swaps without `If-Match`', STORE, '{ IfMatch: present }', '{}'),
  of('takes other bytes at its key for its own', STORE, 'isSame(existing, body)', 'true'),
  of(
    'takes storage trouble for an object that is not there',
    STORE,
    'if (isMissing(error)) return undefined;',
    'if (!isUnchanged(error)) return undefined;',
    'read',
  ),
  of(
    'takes a lost upload for one that is there',
    STORE,
    'if ((await this.size(input.Key)) === undefined) throw lostRaces(input.Key, error);',
    '',
  ),
  of('streams without `If-Match`', STORE, 'IfMatch: etag', 'IfMatch: undefined'),
  of(
    'reads without checking the SHA-256',
    'functions/store/verified.ts',
    'actual !== expected',
    'actual === undefined',
  ),
  of(
    'reads a source again without checking it',
    'functions/shard-dataset/read-source.ts',
    'sha256(piece) !== expected[index]',
    'false',
  ),
  of(
    'writes the manifest before the shards that it names',
    'functions/shard-dataset/write-shards.ts',
    'await store.createImmutable(key, bytes);',
    // In the same turn of the event loop as the manifest, or a few later.
    'setTimeout(() => void store.createImmutable(key, bytes).catch(() => undefined), 50);',
  ),
];

const RUNNING: Mistake[] = [
  of(
    'sets a run back to running that has succeeded',
    STATUS,
    "state === 'succeeded' || ((state === 'failed' || stoppedAt !== undefined) && Date.parse(updatedAt) > now.getTime())",
    "state === 'failed'",
  ),
  of(
    'records a failure on a run that has succeeded',
    'functions/record-failure/record-failure.ts',
    "state === 'succeeded'",
    'state === undefined',
  ),
  of('loses when a run was started', STATUS, 'present?.startedAt ?? updatedAt', 'updatedAt'),
  of('trains from step 0 in each execution', START, 'await whereItWas(store, run)', 'undefined'),
  of(
    'forgets what a run has cost when it goes on',
    WHERE,
    'runDollars = Math.max(runDollars, metrics.timing.runDollars);',
    '',
  ),
  of(
    'forgets the best evaluation when it goes on',
    WHERE,
    'run.config.earlyStopping === undefined',
    'true',
    'bestUpTo',
  ),
  of(
    'ends with the last weights instead of the best',
    'functions/run/progress.ts',
    'best?.checkpoint ?? null',
    'null',
  ),
  of(
    'stops an evaluation too late',
    'core/training/metric.ts',
    'best.stale >= patience',
    'best.stale > patience',
  ),
  of(
    'trains the last chunk to its full length',
    TRAIN,
    'Math.min(step + chunkSteps, totalSteps)',
    'step + chunkSteps',
  ),
  of('names a checkpoint that is still being written', TRAIN, 'await saving?.written;', ''),
  of(
    'goes on with a killed chunk with the best of its begin',
    CHUNK,
    'left === undefined ? request.best : left.best',
    'request.best',
  ),
  of(
    'goes on with a killed chunk where another chunk has come to',
    CHUNK,
    '{ after: step, last: end }',
    'undefined',
  ),
  {
    name: 'draws dropout by the steps of an invocation',
    changes: [
      {
        file: TRAINER,
        find: '#loss: number | null = null;',
        replace: '#loss: number | null = null; #draws = 0;',
      },
      {
        file: TRAINER,
        find: '{ seed: this.#config.seed, step: this.#step }',
        replace: '{ seed: this.#config.seed, step: this.#draws++ }',
      },
    ],
  },
  of('never looks at `maxDollars`', CAPS, 'maxDollars !== undefined', 'false', 'capInTheWay'),
  of('never looks at `maxSeconds`', CAPS, 'ms > maxSeconds * 1000', 'false'),
  of('weighs the parts of a round alike', PARTS, '(end - first) * batchSize', 'batchSize'),
  of(
    'averages what a worker wrote in an earlier round',
    PARTS,
    'KEYS.roundPart(runId, round.start, worker)',
    'KEYS.roundPart(runId, 0, worker)',
  ),
  of(
    'takes the shards of a shuffled run in another order',
    'functions/run/data.ts',
    "dataset.load('train', shard)",
    "dataset.load('train', shards.length - 1 - shard)",
  ),
];

const PROMOTING: Mistake[] = [
  {
    name: 'promotes before it evaluates',
    changes: [
      {
        file: TRAIN,
        find: 'Math.min(nextOf(evaluateEverySteps, step), totalSteps)',
        replace: 'nextOf(evaluateEverySteps, step)',
      },
      { file: PROMOTE, find: '!isEvaluated(metrics)', replace: 'metrics === null' },
    ],
  },
  {
    name: 'promotes another checkpoint than was evaluated',
    changes: [
      {
        file: PROMOTE,
        find: 'metrics.checkpoint !== null && metrics.checkpoint.sha256 !== checkpoint.sha256',
        replace: 'metrics === null',
      },
      {
        file: PROMOTE,
        find: 'await getDocument(store, stepMetrics, KEYS.metrics(runId, step))',
        replace: 'await getDocument(store, stepMetrics, KEYS.metrics(runId, 0))',
      },
    ],
  },
  of(
    'writes `latest.json` before the version that it names',
    CLAIMS,
    'const { version } = decodeDocument(claim, present.body, key);',
    'const { version } = decodeDocument(claim, present.body, key); await store.compareAndSwap(KEYS.latest(model), () => encodeJson({ version }));',
  ),
  of(
    'gives a repeated promotion a version of its own',
    CLAIMS,
    'existing !== undefined && isSamePromotion(existing, document)',
    'false',
  ),
  of(
    'promotes under a number that another run has',
    CLAIMS,
    'existing !== undefined && isSamePromotion(existing, document)',
    'existing !== undefined',
  ),
  of('promotes a run again that is a version already', PROMOTE, 'before !== undefined', 'false'),
  of(
    'lets a lower version replace a higher one',
    REGISTRY,
    'reason !== undefined || newest > version',
    'reason !== undefined',
  ),
  of(
    'brings back what somebody has gone back from',
    REGISTRY,
    'newest === version || present.version === version || present.history?.includes(version)',
    'present.version === version || present.history?.includes(version)',
  ),
  of('swaps what it has not looked at', LATEST, 'isUnchanged = isSame(current, present);', ''),
  of(
    'forgets what served before',
    LATEST,
    'if (present.version !== version) served.push(present.version);',
    '',
  ),
  of('deletes a version that serves', REGISTRY, '!isInUse(latest, version)', 'latest.version !== undefined'),
  of(
    'does not look whether a version was deleted meanwhile',
    REGISTRY,
    '((await store.size(KEYS.version(model, version))) ?? 0) > DELETED.length',
    'model !== undefined',
  ),
  of(
    'lets a version serve of less than an epoch',
    PROMOTE,
    'stopped !== null && isByCap(stopped) && step < run.stepsPerEpoch',
    'false',
  ),
];

const CHANGES = 'functions/run-index/changes.ts';
const INDEXING: Mistake[] = [
  of(
    'changes a status without saying so',
    STATUS,
    'seen = await announce(store, seen ?? (await readHead(store)), runId, { before, after })',
    'seen = seen ?? (await readHead(store))',
  ),
  of('announces a change for an epoch that is over', CHANGES, 'epochOf(now) <= epoch', 'epoch >= 0'),
  of(
    'takes an announced change for made',
    CHANGES,
    '!isMade(change) && !isDead(change.id, now)',
    'made.size < 0',
  ),
];

const SERVING: Mistake[] = [
  of('serves what it knows for a minute', CACHE, '2000', '60_000', 'RECHECK_MS'),
  of(
    'goes on serving the version that it has',
    CACHE,
    'this.#inMemory(name, version)',
    'known?.model',
    'loadLatest',
  ),
];

const OTHERS: Mistake[] = [
  of(
    'ranks a run of an early rung before those that went on',
    'functions/collect-sweep/ranking.ts',
    'b.run.sweep.rung - a.run.sweep.rung',
    '0',
  ),
  of(
    'lets those go on that were planned first',
    'functions/collect-sweep/collect-sweep.ts',
    'inOrder(own, metric)',
    'own',
  ),
  of(
    'says again that a run of a sweep is no version',
    PROMOTE,
    'version !== undefined',
    'false',
    'endSweepRun',
  ),
  of('cuts off the last items of a batch', BATCH, 'Math.ceil(items / size)', 'Math.floor(items / size)'),
  of(
    'predicts a part of a batch with what serves',
    'functions/predict-part/predict-part.ts',
    'models.findVersion(plan.model, plan.version)',
    'models.find(plan.model)',
  ),
  of(
    'imports whatever stands at the key',
    'functions/import-model/import-model.ts',
    'getVerified(store, key, expected)',
    '(await store.get(key))!.body',
  ),
];

export const MISTAKES: readonly Mistake[] = [STORING, RUNNING, PROMOTING, INDEXING, SERVING, OTHERS].flat();
