/** Threads of a function's arithmetic: as many as its memory pays for, and none that keeps its process alive. */
import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';
import { MAX_THREADS } from '../../../core/kernels/layout.ts';
import { runScript } from '../../support/run-script.ts';

/** Processors of the machine that the tests run on; threads beyond them would only wait for each other. */
const visible = Math.min(availableParallelism(), MAX_THREADS);

/** Trains and prints the threads that served and the weights' bytes; ends without asking threads to end. */
const script = (setUp: string, threads: number) => `
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_CONFIG } from 'core/training/config.ts';
import { Trainer } from 'core/training/trainer.ts';
import { backendFor, createKernels } from 'functions/kernels/kernels.ts';

const backend = ${setUp};
while ((backend.threads ?? 1) < ${threads}) await sleep(1);
const rows = 500;
const pixels = Uint8Array.from({ length: rows * 784 }, (_, at) => ((at * 31) % 7 === 0 ? at % 256 : 0));
const train = { x: { rows, columns: 784, pixels }, labels: Uint8Array.from({ length: rows }, (_, n) => n % 10) };
const trainer = new Trainer(DEFAULT_CONFIG, train, undefined, backend);
trainer.advance(30);
const hash = createHash('sha256');
for (const { weights, bias } of trainer.network.layers) hash.update(weights).update(bias);
console.log(backend.name, backend.threads ?? 1, hash.digest('hex'));
`;

it.each([
  [1769, 1],
  [3537, 1],
  [3538, 2],
  [10_240, 5],
])(
  'a function of %i MB has the vCPUs for %i threads, and its process ends by itself',
  async (memoryMb, paid) => {
    const threads = Math.min(paid, visible);
    const output = await runScript(script(`backendFor('wasm', ${memoryMb})`, threads));
    expect(output).toMatch(new RegExp(`^wasm ${threads} [0-9a-f]{64}\\n$`));
  },
);

it('gives the same bytes for any number of threads, and for the reference', async () => {
  const hashes = await Promise.all(
    [
      script("backendFor('wasm', 1769)", 1),
      script('createKernels(2)', visible > 1 ? 2 : 1),
      script("backendFor('reference', 1769)", 1),
    ].map(async (source) => (await runScript(source)).split(' ')[2]),
  );
  expect(new Set(hashes).size).toBe(1);
});

it('is the same backend each time, which keeps its threads and the data that was brought to it', async () => {
  const output = await runScript(`
    import { backendFor } from 'functions/kernels/kernels.ts';
    const first = backendFor('wasm', 3538);
    console.log(backendFor('wasm', 3538) === first, backendFor('reference', 3538) === first);
  `);
  expect(output).toBe('true false\n');
});

it('has room for one network: those of the invocations before are released', async () => {
  const output = await runScript(`
    import { backendFor } from 'functions/kernels/kernels.ts';
    const architecture = { layers: [3000, 1000, 10], activation: 'relu', output: 'softmax', loss: 'crossEntropy' };
    const layers = [[3000, 1000], [1000, 10]].map(([inputs, outputs]) => ({
      weights: new Float32Array(inputs * outputs),
      bias: new Float32Array(outputs),
    }));
    let grown = 0;
    const { grow } = WebAssembly.Memory.prototype;
    WebAssembly.Memory.prototype.grow = function (pages) {
      grown += pages;
      return grow.call(this, pages);
    };
    const after = [];
    for (let invocation = 0; invocation < 4; invocation++) {
      backendFor('wasm', 1769).createEngine(architecture, layers);
      after.push(grown);
    }
    console.log(grown > 180, new Set(after).size);
  `);
  expect(output).toBe('true 1\n');
});

it('ends its process also while threads are starting, and when it is told to', async () => {
  const start = `import { createKernels } from 'functions/kernels/kernels.ts';\ncreateKernels(2);\n`;
  expect(await runScript(`${start}console.log('started');`)).toBe('started\n');
  expect(await runScript(`${start}console.log('told'); process.exit(0);`)).toBe('told\n');
});

it.each([
  [1000, 64, MAX_THREADS],
  [3, 64, 3],
  [3, 2, 2],
  [0, 64, 1],
])('of %i vCPUs and %i processors is made of %i threads', async (vcpus, processors, threads) => {
  const output = await runScript(`
    import { setImmediate } from 'node:timers/promises';
    import { createKernels } from 'functions/kernels/kernels.ts';
    let workers = 0;
    process.on('worker', () => workers++);
    createKernels(${vcpus}, ${processors});
    await setImmediate();
    console.log(workers + 1);
  `);
  expect(output).toBe(`${threads}\n`);
});
