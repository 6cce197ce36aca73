/** Garbage collection on demand. */
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Collects what is garbage, and lets what waits for that run. */
export async function collectGarbage(): Promise<void> {
  // What the last task used is kept until it ends, and a first collection may leave what it found old.
  for (let time = 0; time < 2; time++) {
    await setImmediate();
    collect();
    await setImmediate();
  }
}
