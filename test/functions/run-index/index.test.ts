/** The index of runs says what reading all statuses says, whatever happens to those who keep it. */
import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, it } from 'vitest';
import { KEYS } from '../../../functions/contract/keys.ts';
import { setRunning, setStatus } from '../../../functions/run/status.ts';
import { announce } from '../../../functions/run-index/changes.ts';
import { rebuildIndex } from '../../../functions/run-index/fold.ts';
import { readHead } from '../../../functions/run-index/head.ts';
import { readRuns } from '../../../functions/run-index/page.ts';
import { DEFAULT_JOB } from '../../../functions/schemas/config.ts';
import { encodeJson } from '../../../functions/store/json.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { type FakeS3, fakeS3, s3Error } from '../support/fake-s3.ts';

const store = createS3Store('bucket');
let s3: FakeS3;
beforeEach(() => {
  s3 = fakeS3();
  s3.pageKeys = 1000;
});

const RUN = { totalSteps: 60, config: DEFAULT_JOB };
const at = (seconds: number) => new Date(Date.UTC(2026, 10, 24) + seconds * 1000);
const start = (runId: string, seconds: number) => setRunning(store, runId, RUN, at(seconds));
const fail = (runId: string, seconds: number) =>
  setStatus(store, runId, { state: 'failed', error: 'E', reason: 'why' }, at(seconds));
const nameOf = (number: number) => `run-${String(number).padStart(4, '0')}`;

async function listed(limit = 100, prefix?: string) {
  const runs: { runId: string; status: unknown }[] = [];
  let page: Awaited<ReturnType<typeof readRuns>> | undefined;
  do {
    page = await readRuns(store, { limit, prefix, after: page?.next });
    expect(page.isIndexed).toBe(true);
    runs.push(...page.runs);
  } while (page.next !== undefined);
  return runs;
}

/** Straight from the statuses. */
function stored() {
  const runs = s3.objects
    .keys()
    .filter((key) => key.endsWith('/status.json'))
    .map((key) => ({ runId: key.split('/')[1]!, status: s3.json(key) as { startedAt: string } }));
  const order = ({ runId, status }: (typeof runs)[number]) => `${status.startedAt}/${runId}`;
  return runs.sort((a, b) => (order(a) < order(b) ? 1 : -1));
}

const epoch = () => s3.json(KEYS.runIndex).epoch as number;

describe('the index of runs', () => {
  it('has every run with its last status, the newest start first, over many folds', async () => {
    for (let number = 0; number < 23; number++) {
      await start(nameOf(number), 10 * number);
      // An older one ends, some long after others have begun.
      if (number % 3 === 2) await fail(nameOf(number >> 1), 10 * number + 5);
      expect(await listed()).toEqual(stored());
    }
    expect(epoch()).toBeGreaterThan(3);
    expect(await listed(4)).toEqual(stored());
    expect(await listed(3, 'run-001')).toEqual(stored().filter(({ runId }) => runId.startsWith('run-001')));
  });

  it('takes the place of a run by its first start, by whatever clock', async () => {
    for (let number = 0; number < 9; number++) await start(nameOf(number), (number % 3) * 1000 - number);
    expect(await listed(2)).toEqual(stored());
  });

  it('keeps what is older than its newest runs in segments, and changes it there', async () => {
    for (let number = 0; number < 700; number++) {
      const times = { startedAt: at(number).toISOString(), updatedAt: at(number).toISOString() };
      const body = Buffer.from(JSON.stringify({ state: 'running', ...times }));
      s3.objects.set(KEYS.status(nameOf(number)), { body });
    }
    expect(await rebuildIndex(store, at(1000))).toBe(700);
    const { segments, recent } = s3.json(KEYS.runIndex) as { segments: { runs: number }[]; recent: [] };
    expect([recent.length, ...segments.map(({ runs }) => runs)]).toEqual([64, 512, 124]);
    expect(await listed()).toEqual(stored());
    for (const number of [3, 100, 400, 650, 690]) await fail(nameOf(number), 2000 + number);
    expect(epoch()).toBe(2);
    expect(await listed(37)).toEqual(stored());
    // Old ones that are not folded come where they belong, too, also behind a page that the head nearly fills.
    for (const number of [7, 333]) await fail(nameOf(number), 4000 + number);
    expect(epoch()).toBe(2);
    expect(await listed(65)).toEqual(stored());
  });

  it('is made where there is none, of runs that an earlier version has left', async () => {
    for (let number = 0; number < 7; number++) await start(nameOf(number), number);
    for (const key of s3.objects.keys()) if (key.startsWith('run-index/')) s3.objects.delete(key);
    expect((await readRuns(store, { limit: 100 })).isIndexed).toBe(false);
    await start('new', 100);
    expect(await listed()).toEqual(stored());
  });

  it('is made anew where it is damaged', async () => {
    for (let number = 0; number < 7; number++) await start(nameOf(number), number);
    s3.objects.damage(KEYS.runIndex, 1);
    const { runs, isIndexed } = await readRuns(store, { limit: 100 });
    expect([runs, isIndexed]).toEqual([stored(), false]);
    await start('new', 100);
    expect(await listed()).toEqual(stored());
  });

  it('loses nobody to a fold that is over before a change is made, nor to one that begins before it is announced', async () => {
    for (let number = 0; number < 4; number++) await start(nameOf(number), number);
    const before = epoch();
    // The late run's change is announced for an epoch that ends at once; and again, for the next.
    s3.once(PutObjectCommand, async ({ Key }, perform) => {
      expect(Key).toContain(`run-index/changes/0000000${before}/`);
      for (let number = 4; number < 12; number++) await start(nameOf(number), number);
      return perform();
    });
    await start('late', 50);
    expect(epoch()).toBeGreaterThan(before + 1);
    expect(await listed()).toEqual(stored());
    const announced = s3.objects.keys().filter((key) => key.endsWith('_late'));
    expect(announced).toHaveLength(2);
  });

  it('loses nobody who announces a change between the listing of a fold and its end, and is killed then', async () => {
    for (let number = 0; number < 4; number++) await start(nameOf(number), number);
    const before = epoch();
    s3.once(ListObjectsV2Command, async (_, perform) => {
      const page = await perform();
      const [startedAt, updatedAt] = [at(70).toISOString(), at(70).toISOString()];
      const after = { state: 'running' as const, startedAt, updatedAt };
      await announce(store, await readHead(store), 'between', { before: undefined, after });
      s3.objects.set(KEYS.status('between'), { body: encodeJson(after) });
      return page;
    });
    await start('folding', 60);
    expect(epoch()).toBe(before + 1);
    expect(await listed()).toEqual(stored());
    expect(stored()[0]).toMatchObject({ runId: 'between' });
  });

  it('shows a change whose writer was killed right after it', async () => {
    for (let number = 0; number < 4; number++) await start(nameOf(number), number);
    s3.always(PutObjectCommand, async ({ Key }, perform) => {
      const written = await perform();
      if (Key === KEYS.status('killed')) throw s3Error(403, 'Killed');
      return written;
    });
    await expect(start('killed', 50)).rejects.toThrow('Killed');
    s3.always(PutObjectCommand, (_, perform) => perform());
    expect(await listed()).toEqual(stored());
    expect(stored()[0]).toMatchObject({ runId: 'killed' });
    for (let number = 5; number < 19; number++) await start(nameOf(number), 60 + number);
    expect(await listed()).toEqual(stored());
    // Somebody has taken it in, and nobody looks any more.
    expect(s3.json(KEYS.runIndex).open).toEqual([]);
  });

  it('looks at a run whose change was announced and not made, until its writer must be dead', async () => {
    s3.always(PutObjectCommand, async ({ Key }, perform) => {
      if (Key === KEYS.status('killed')) throw s3Error(403, 'Killed');
      return perform();
    });
    await expect(start('killed', 0)).rejects.toThrow('Killed');
    for (let number = 0; number < 10; number++) await start(nameOf(number), number);
    expect(s3.json(KEYS.runIndex).open).toEqual([expect.stringMatching(/_none_killed$/)]);
    expect(await listed()).toEqual(stored());
    for (let number = 0; number < 10; number++) await start(nameOf(number), 25 * 3600 + number);
    expect(s3.json(KEYS.runIndex).open).toEqual([]);
  });

  it('takes in hundreds that begin at once', async () => {
    await start('first', 0);
    const many = Array.from({ length: 120 }, (_, number) => nameOf(number));
    await Promise.all(many.map((runId, number) => start(runId, 1 + number)));
    expect(await listed()).toEqual(stored());
    expect(stored()).toHaveLength(121);
    // Nobody loses often: a race's loser finds that the winner has taken in what it announced.
    const tries = s3.sent(PutObjectCommand).filter(({ Key }) => Key === KEYS.runIndex).length;
    expect(tries).toBeLessThan(2 * many.length);
  });
});
