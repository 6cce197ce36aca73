/** What the host of functions keeps of invocations that are over: nothing. */
import { join } from 'node:path';
import { queryObjects } from 'node:v8';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FunctionHost } from '../../../../scripts/cloud/lambda/function-host.ts';
import { type Workbench, workbench } from '../functions.ts';

let bench: Workbench;
beforeAll(() => {
  bench = workbench();
});
afterAll(() => bench.remove());

/** All that are reachable, after a garbage collection. */
const promises = (): number => queryObjects(Promise, { format: 'count' });

it('a warm function leaves no promise behind for each invocation', async () => {
  const fn = bench.bundle('answer', 'export const handler = async () => 1;');
  const host = new FunctionHost([fn], join(bench.folder, 'logs'), {});
  try {
    const invoke = async (times: number): Promise<number> => {
      for (let i = 0; i < times; i++) expect((await host.invoke(fn.arn, '{}')).payload).toBe('1');
      return promises();
    };
    const before = await invoke(20);
    const after = await invoke(300);
    expect(after - before).toBeLessThan(100);
    expect(host.stats()[0]!.errors).toBe(0);
  } finally {
    await host.close();
  }
});
