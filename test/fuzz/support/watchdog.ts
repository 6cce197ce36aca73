/**
 * Ends this process when one case takes longer than any may, after writing down which: a loop without end can't be
 * stopped from inside. It finds hangs; nobody's speed is judged by it.
 */
import { Worker } from 'node:worker_threads';

/** Far more than the slowest case takes on a busy machine. */
const LIMIT_MS = 120_000;

const WATCH = `
const { workerData: { counter, text, limit } } = require('node:worker_threads');
let seen = -1, since = Date.now();
setInterval(() => {
  const now = Atomics.load(counter, 0);
  if (now !== seen || now === 0) { seen = now; since = Date.now(); return; }
  if (Date.now() - since < limit) return;
  const input = Buffer.from(text.slice(0, Atomics.load(counter, 1))).toString();
  require('node:fs').writeSync(2, 'a case hangs: ' + input + '\\n');
  process.kill(process.pid, 'SIGKILL');
}, 1000);
`;

/** [number of the case under way, or 0 between tests; length of its text] */
const counter = new Int32Array(new SharedArrayBuffer(8));
const text = new Uint8Array(new SharedArrayBuffer(1 << 16));
const encoder = new TextEncoder();
let worker: Worker | undefined;
let cases = 0;

/** The case that `describe` shows has begun. */
export function caseBegins(describe: () => string): void {
  worker ??= new Worker(WATCH, { eval: true, workerData: { counter, text, limit: LIMIT_MS } });
  worker.unref();
  const shown = encoder.encode(describe().slice(0, 16_000));
  text.set(shown);
  Atomics.store(counter, 1, shown.length);
  cases = (cases % 0x7fff_fffe) + 1;
  Atomics.store(counter, 0, cases);
}

/** No case is under way any more. */
export function caseEnded(): void {
  Atomics.store(counter, 0, 0);
}
