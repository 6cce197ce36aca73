/** Threads that come and go: in processes of their own, because what would go wrong is that they wait for ever. */
import { expect, it } from 'vitest';
import { runScript } from '../../support/run-script.ts';

const PRELUDE = `
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { referenceBackend } from 'core/kernels/reference-engine.ts';
import { WasmBackend } from 'core/kernels/wasm-backend.ts';
import { sparseFromPixels } from 'core/rows/sparse-rows.ts';
import { fillNormal } from 'core/random/streams.ts';

const SOURCE = \`
const { workerData: { module, memory, pool } } = require('node:worker_threads');
new WebAssembly.Instance(module, { env: { memory } }).exports.serve(pool);
\`;
const startWorker = (job) => new Worker(SOURCE, { eval: true, workerData: job });
const serving = async (backend, threads) => { while (backend.threads < threads) await sleep(1); };
const collect = async () => { await sleep(0); gc(); await sleep(0); };

const normal = (length, stream) => {
  const out = new Float32Array(length);
  fillNormal(out, 0.5, 7, 99, stream);
  return out;
};
const sizes = [20, 30, 10];
const architecture = { layers: sizes, activation: 'relu', output: 'softmax', loss: 'crossEntropy' };
const layers = sizes.slice(1).map((outputs, index) => ({
  weights: normal(sizes[index] * outputs, index),
  bias: normal(outputs, index + 10),
}));
const pixels = Array.from(normal(20 * 50, 20), (value) => (value > 0 ? Math.min(255, Math.floor(value * 200)) : 0));
const data = { x: sparseFromPixels([pixels], 20), labels: Uint8Array.from({ length: 50 }, (_, n) => n % 10) };
const batch = Uint32Array.from({ length: 50 }, (_, n) => n);
const rule = { kind: 'adam', rate: 0.01, weightDecay: 0, factor1: 0.1, factor2: 0.001 };
const train = (engine, steps) => { for (let step = 0; step < steps; step++) engine.step(data, batch, rule, false); };
const trained = (steps) => {
  const engine = referenceBackend.createEngine(architecture, layers);
  train(engine, steps);
  return JSON.stringify(engine.layers());
};
const check = (engine, steps) => console.log(JSON.stringify(engine.layers()) === trained(steps) ? 'equal' : 'different');
`;
const run = (source: string) => runScript(PRELUDE + source, ['--expose-gc']);

it('may come in any order, and late', async () => {
  const output = await run(`
      const jobs = [];
      const backend = new WasmBackend({ threads: 4, startWorker: (job) => jobs.push(job) });
      const engine = backend.createEngine(architecture, layers);
      train(engine, 5);
      for (const index of [2, 0, 1]) {
        startWorker(jobs[index]).unref();
        await serving(backend, backend.threads + 1);
        train(engine, 5);
      }
      console.log(backend.threads);
      check(engine, 20);
    `);
  expect(output).toBe('4\nequal\n');
});

it('serve an engine whose backend is garbage', async () => {
  const output = await run(`
      const make = async () => {
        const backend = new WasmBackend({ threads: 2, startWorker: (job) => startWorker(job).unref() });
        await serving(backend, 2);
        return backend.createEngine(architecture, layers);
      };
      const engine = await make();
      train(engine, 5);
      await collect();
      // Takes memory, and would take what was given back.
      engine.gradients(data, batch);
      train(engine, 5);
      check(engine, 10);
    `);
  expect(output).toBe('equal\n');
});

it('end when the backend and its engines are garbage, so that a process may make many', async () => {
  const output = await run(`
      let ended = 0;
      const make = async () => {
        const backend = new WasmBackend({
          threads: 3,
          startWorker: (job) => startWorker(job).on('exit', () => ended++),
        });
        await serving(backend, 3);
        train(backend.createEngine(architecture, layers), 3);
      };
      for (let backends = 1; backends <= 3; backends++) {
        await make();
        while (ended < backends * 2) await collect();
      }
      console.log(ended);
    `);
  expect(output).toBe('6\n');
});

it('end at once when they come after that', async () => {
  const output = await run(`
      const jobs = [];
      const make = () => {
        new WasmBackend({ threads: 2, startWorker: (job) => jobs.push(job) });
      };
      make();
      await collect();
      // Not let go of: the process ends only when the thread does.
      startWorker(jobs[0]).on('exit', (code) => console.log('ended', code));
    `);
  expect(output).toBe('ended 0\n');
});
