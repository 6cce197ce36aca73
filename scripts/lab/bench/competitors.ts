/** Who is measured, and how each is started. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { isDense } from '../../../core/network/plan.ts';
import { type Command, nodeCommand } from '../../support/programs.ts';
import type { Job } from './jobs.ts';
import { describeMachine } from './machine.ts';
import { findNumpy, findTorch, type PythonPeer, pythonCommand } from './python.ts';
import type { PeerOptions } from './task.ts';

const FOLDER = import.meta.dirname;

/** Competitors that differ in threads only; the best of them stands for all in the ratios. */
export type Family =
  | 'stepnet'
  | 'stepnet plain'
  | 'stepnet reference'
  | 'NumPy'
  | 'NumPy AVX2'
  | 'PyTorch'
  | 'PyTorch AVX2'
  | 'tfjs'
  | 'tfjs cpu'
  | 'tfjs by hand'
  | 'jax-js'
  | 'ONNX Runtime';

export interface Competitor {
  name: string;
  family: Family;
  threads: number;
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
  'tfjs cpu': { conv: 0.005 },
  'jax-js': { textbook: 0.05, wide: 0.1 },
};

const isDenseJob = ({ config }: Job): boolean => isDense(config.layers);
const isTraining = ({ kind }: Job): boolean => kind === 'training';

export interface Choice {
  /** Everyone does all steps. */
  isFull?: boolean;
  /** The only Python to try. */
  python?: string;
  /** Numbers of threads to measure, of those that know several. */
  threads?: readonly number[];
}

export async function findCompetitors({ isFull = false, python, threads = [1, 2] }: Choice): Promise<Field> {
  const competitors: Competitor[] = [];
  const missing: string[] = [];
  const enter = (
    family: Family,
    name: string,
    count: number,
    takesPart: (job: Job) => boolean,
    command: Competitor['command'],
  ) => {
    const share = (job: Job) => (takesPart(job) ? (isFull ? 1 : (SHARES[family]?.[job.id] ?? 1)) : undefined);
    competitors.push({ name, family, threads: count, share, command });
  };
  const all = () => true;
  const counts = threads.filter((count) => count <= availableParallelism());
  if (counts.length < threads.length)
    missing.push(`more threads: this machine has ${availableParallelism()}`);

  for (const count of counts) {
    const wide = nodePeer('ours.ts', { threads: count, variant: 'wasm' });
    enter('stepnet', `stepnet wasm, ${inWords(count)}`, count, all, wide);
    const plain = nodePeer('ours.ts', { threads: count, variant: 'plain' });
    enter('stepnet plain', `stepnet wasm, 128-bit vectors, ${inWords(count)}`, count, all, plain);
  }
  const isWide = describeMachine().vectors === 'AVX-512';
  const enterPython = (peer: PythonPeer, family: 'NumPy' | 'PyTorch', name: string) => {
    for (const isAvx2 of isWide ? [false, true] : [false]) {
      for (const count of counts) {
        const command: Competitor['command'] = (folder, steps) => {
          const options = JSON.stringify({ steps, threads: count, variant: '' });
          return pythonCommand(peer, { threads: count, isAvx2 }, folder, options);
        };
        const [own, limited] = isAvx2
          ? ([`${family} AVX2`, ', AVX2 only'] as const)
          : ([family, ''] as const);
        enter(own, `${name}${limited}, ${inWords(count)}`, count, all, command);
      }
    }
  };
  const numpy = await findNumpy(python);
  if ('reason' in numpy) missing.push(`NumPy: ${numpy.reason}`);
  else enterPython(numpy, 'NumPy', 'NumPy + OpenBLAS');
  const torch = await findTorch(python);
  if ('reason' in torch) missing.push(`PyTorch: ${torch.reason}`);
  else enterPython(torch, 'PyTorch', 'PyTorch');
  if (!isInstalled('@tensorflow/tfjs-backend-wasm')) missing.push('tfjs: npm run bench -- --install');
  else {
    const tfjs = (variant: string) => nodePeer('tfjs.ts', { threads: 1, variant });
    const canTrain = (job: Job) => isDenseJob(job) && isTraining(job);
    enter('tfjs', 'tfjs wasm', 1, (job) => isDenseJob(job) || !isTraining(job), tfjs('autograd'));
    enter('tfjs by hand', 'tfjs wasm, gradient by hand', 1, canTrain, tfjs('by hand'));
    // Its backend in WebAssembly has no gradients of convolutions.
    enter('tfjs cpu', 'tfjs cpu', 1, (job) => !isDenseJob(job) && isTraining(job), tfjs('cpu'));
  }
  if (!isInstalled('@jax-js/jax')) missing.push('jax-js: npm run bench -- --install');
  else {
    // Of convolutions it takes minutes, and of equal values in a pool it gives each a share of the gradient.
    enter('jax-js', 'jax-js wasm', 1, isDenseJob, nodePeer('jax-js.ts', { threads: 1, variant: '' }));
  }
  if (!isInstalled('onnxruntime-node')) missing.push('ONNX Runtime: npm run bench -- --install');
  else {
    for (const count of counts) {
      const command = nodePeer('onnx.ts', { threads: count, variant: '' });
      enter('ONNX Runtime', `onnxruntime-node, ${inWords(count)}`, count, (job) => !isTraining(job), command);
    }
  }
  const reference = nodePeer('ours.ts', { threads: 1, variant: 'reference' });
  enter('stepnet reference', 'stepnet reference', 1, isDenseJob, reference);
  return { competitors, missing };
}

function nodePeer(script: string, options: Omit<PeerOptions, 'steps'>): Competitor['command'] {
  return (folder, steps) =>
    nodeCommand(join(FOLDER, 'peers', script), folder, JSON.stringify({ ...options, steps }));
}

function isInstalled(name: string): boolean {
  return existsSync(join(FOLDER, 'node_modules', name, 'package.json'));
}

function inWords(threads: number): string {
  return threads === 1 ? '1 thread' : `${threads} threads`;
}
