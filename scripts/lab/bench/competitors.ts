/** Who is measured, and how each is started. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Command, nodeCommand } from '../../support/programs.ts';
import type { Job } from './jobs.ts';
import { findPython, numpyCommand } from './python.ts';
import type { PeerOptions } from './task.ts';

const FOLDER = import.meta.dirname;

/** Competitors that differ in threads only; the best of them stands for all in the ratios. */
export type Family =
  | 'stepnet'
  | 'stepnet plain'
  | 'stepnet reference'
  | 'NumPy'
  | 'tfjs'
  | 'tfjs by hand'
  | 'jax-js'
  | 'ONNX Runtime';

export interface Competitor {
  name: string;
  family: Family;
  /** Steps of a training job that it takes, as a share; undefined when it doesn't take part. */
  share(job: Job): number | undefined;
  command(folder: string, steps: number): Command;
}

export interface Field {
  competitors: Competitor[];
  /** Who is missing, and how to bring them. */
  missing: string[];
}

/** How few steps the slow ones may do in a job, so that a run takes minutes; the figures are scaled. */
const SHARES: Partial<Record<Family, Record<string, number>>> = {
  'stepnet reference': { textbook: 0.05, wide: 0.05 },
  tfjs: { textbook: 0.1, wide: 0.05 },
  'tfjs by hand': { textbook: 0.2, wide: 0.2 },
  'jax-js': { textbook: 0.05, wide: 0.1 },
};

/** @param isFull everyone does all steps @param python the only one to try */
export async function findCompetitors(isFull: boolean, python?: string): Promise<Field> {
  const competitors: Competitor[] = [];
  const missing: string[] = [];
  const enter = (family: Family, name: string, kinds: Job['kind'][], command: Competitor['command']) => {
    const share = (job: Job) =>
      kinds.includes(job.kind) ? (isFull ? 1 : (SHARES[family]?.[job.id] ?? 1)) : undefined;
    competitors.push({ name, family, share, command });
  };
  const both: Job['kind'][] = ['training', 'inference'];
  const counts = [1, 2].filter((threads) => threads <= availableParallelism());
  if (counts.length < 2) missing.push('two threads: this machine has one processor');

  for (const threads of counts) {
    const command = nodePeer('ours.ts', { threads, variant: 'wasm' });
    enter('stepnet', `stepnet wasm, ${count(threads)}`, both, command);
    const plain = nodePeer('ours.ts', { threads, variant: 'plain' });
    enter('stepnet plain', `stepnet wasm, 128-bit vectors, ${count(threads)}`, both, plain);
  }
  const found = await findPython(python);
  if ('reason' in found) missing.push(`NumPy: ${found.reason}`);
  else {
    for (const threads of counts) {
      enter('NumPy', `NumPy + OpenBLAS, ${count(threads)}`, both, (folder, steps) =>
        numpyCommand(found.python, threads, folder, JSON.stringify({ steps, threads, variant: '' })),
      );
    }
  }
  if (!isInstalled('@tensorflow/tfjs-backend-wasm')) missing.push('tfjs: npm run bench -- --install');
  else {
    const tfjs = (variant: string) => nodePeer('tfjs.ts', { threads: 1, variant });
    enter('tfjs', 'tfjs wasm', both, tfjs('autograd'));
    enter('tfjs by hand', 'tfjs wasm, gradient by hand', ['training'], tfjs('by hand'));
  }
  if (!isInstalled('@jax-js/jax')) missing.push('jax-js: npm run bench -- --install');
  else enter('jax-js', 'jax-js wasm', both, nodePeer('jax-js.ts', { threads: 1, variant: '' }));
  if (!isInstalled('onnxruntime-node')) missing.push('ONNX Runtime: npm run bench -- --install');
  else {
    for (const threads of counts) {
      const command = nodePeer('onnx.ts', { threads, variant: '' });
      enter('ONNX Runtime', `onnxruntime-node, ${count(threads)}`, ['inference'], command);
    }
  }
  const reference = nodePeer('ours.ts', { threads: 1, variant: 'reference' });
  enter('stepnet reference', 'stepnet reference', both, reference);
  return { competitors, missing };
}

function nodePeer(script: string, options: Omit<PeerOptions, 'steps'>): Competitor['command'] {
  return (folder, steps) =>
    nodeCommand(join(FOLDER, 'peers', script), folder, JSON.stringify({ ...options, steps }));
}

function isInstalled(name: string): boolean {
  return existsSync(join(FOLDER, 'node_modules', name, 'package.json'));
}

function count(threads: number): string {
  return threads === 1 ? '1 thread' : `${threads} threads`;
}
