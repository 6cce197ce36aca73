/** Who is measured, and how each is started. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Command } from '../../support/programs.ts';
import type { Job } from './jobs.ts';
import { findPython, numpyCommand } from './python.ts';
import type { PeerOptions } from './task.ts';

const FOLDER = import.meta.dirname;

/** Competitors that differ in threads only; the best of them stands for all in the ratios. */
export type Family = 'stepnet' | 'stepnet reference' | 'NumPy' | 'tfjs' | 'tfjs by hand' | 'ONNX Runtime';

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
};

export interface FieldOptions {
  /** Everyone does all steps. */
  isFull: boolean;
  /** The only Python to try. */
  python?: string | undefined;
}

export async function findCompetitors({ isFull, python }: FieldOptions): Promise<Field> {
  const competitors: Competitor[] = [];
  const missing: string[] = [];
  const share = (family: Family, kinds: Job['kind'][]) => (job: Job) =>
    kinds.includes(job.kind) ? (isFull ? 1 : (SHARES[family]?.[job.id] ?? 1)) : undefined;
  const both: Job['kind'][] = ['training', 'inference'];
  const counts = [1, 2].filter((threads) => threads <= availableParallelism());
  if (counts.length < 2) missing.push('two threads: this machine has one processor');

  for (const threads of counts) {
    competitors.push({
      name: `stepnet wasm, ${count(threads)}`,
      family: 'stepnet',
      share: share('stepnet', both),
      command: nodePeer('ours.ts', { threads, variant: 'wasm' }),
    });
  }
  const found = await findPython(python);
  if ('reason' in found) missing.push(`NumPy: ${found.reason}`);
  else {
    for (const threads of counts) {
      competitors.push({
        name: `NumPy + OpenBLAS, ${count(threads)}`,
        family: 'NumPy',
        share: share('NumPy', both),
        command: (folder, steps) =>
          numpyCommand(found.python, threads, folder, JSON.stringify({ steps, threads, variant: '' })),
      });
    }
  }
  if (!isInstalled('@tensorflow/tfjs-backend-wasm')) missing.push('tfjs: npm run bench -- --install');
  else {
    competitors.push(
      {
        name: 'tfjs wasm',
        family: 'tfjs',
        share: share('tfjs', both),
        command: nodePeer('tfjs.ts', { threads: 1, variant: 'autograd' }),
      },
      {
        name: 'tfjs wasm, gradient by hand',
        family: 'tfjs by hand',
        share: share('tfjs by hand', ['training']),
        command: nodePeer('tfjs.ts', { threads: 1, variant: 'by hand' }),
      },
    );
  }
  if (!isInstalled('onnxruntime-node')) missing.push('ONNX Runtime: npm run bench -- --install');
  else {
    for (const threads of counts) {
      competitors.push({
        name: `onnxruntime-node, ${count(threads)}`,
        family: 'ONNX Runtime',
        share: share('ONNX Runtime', ['inference']),
        command: nodePeer('onnx.ts', { threads, variant: '' }),
      });
    }
  }
  competitors.push({
    name: 'stepnet reference',
    family: 'stepnet reference',
    share: share('stepnet reference', both),
    command: nodePeer('ours.ts', { threads: 1, variant: 'reference' }),
  });
  return { competitors, missing };
}

function nodePeer(script: string, options: Omit<PeerOptions, 'steps'>): Competitor['command'] {
  return (folder, steps) => ({
    file: process.execPath,
    arguments: [join(FOLDER, 'peers', script), folder, JSON.stringify({ ...options, steps })],
  });
}

function isInstalled(name: string): boolean {
  return existsSync(join(FOLDER, 'node_modules', name, 'package.json'));
}

function count(threads: number): string {
  return threads === 1 ? '1 thread' : `${threads} threads`;
}
