/** `npm run bench -- --seeds 10`: whether ours learns as well as NumPy's, each with its own random numbers. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { figure } from '../../support/columns.ts';
import { nodeCommand, runForJson } from '../../support/programs.ts';
import { mean, standardDeviation } from '../../support/statistics.ts';
import type { Job } from './jobs.ts';
import { type PythonPeer, pythonCommand } from './python.ts';
import { alignFigures } from './table.ts';
import type { PeerOptions, PeerResult } from './task.ts';

export interface SeedsReport {
  job: string;
  steps: number;
  /** Test accuracy for each seed from 0. */
  ours: Accuracies;
  numpy: Accuracies | null;
}

interface Accuracies {
  accuracies: number[];
  mean: number;
  standardDeviation: number;
}

/**
 * @param folder with the job's inputs
 * @param numpy if there is one
 */
export async function compareSeeds(
  job: Job,
  folder: string,
  seeds: number,
  numpy: PythonPeer | undefined,
): Promise<SeedsReport> {
  const threads = Math.min(2, availableParallelism());
  const { title, steps } = job;
  const peer = join(import.meta.dirname, 'peers/ours.ts');
  const ours: number[] = [];
  for (let seed = 0; seed < seeds; seed++) {
    const options: PeerOptions = { steps, threads, variant: 'wasm', seed };
    const { accuracy } = await runForJson<PeerResult>(nodeCommand(peer, folder, JSON.stringify(options)));
    ours.push(accuracy);
  }
  if (numpy === undefined) return { job: title, steps, ours: summary(ours), numpy: null };
  const options = JSON.stringify({ seeds, steps, threads });
  const command = pythonCommand(numpy, { threads }, 'seeds', folder, options);
  const { accuracies } = await runForJson<{ accuracies: number[] }>(command);
  return { job: title, steps, ours: summary(ours), numpy: summary(accuracies) };
}

function summary(accuracies: number[]): Accuracies {
  return { accuracies, mean: mean(accuracies), standardDeviation: standardDeviation(accuracies) };
}

export function seedsTable({ job, steps, ours, numpy }: SeedsReport): string {
  const row = (name: string, of: (one: Accuracies) => number | undefined) => [
    name,
    figure(of(ours)),
    figure(numpy === null ? undefined : of(numpy)),
  ];
  const rows = [
    [`${job}, ${steps} steps: test accuracy`, 'stepnet', 'NumPy'],
    ...ours.accuracies.map((_, seed) => row(`seed ${seed}`, ({ accuracies }) => accuracies[seed])),
    row('mean', (one) => one.mean),
    row('standard deviation', (one) => one.standardDeviation),
  ];
  const difference = numpy === null ? [] : [`  ${compare(ours.mean - numpy.mean)}`];
  return [alignFigures(rows), ...difference].join('\n');
}

function compare(difference: number): string {
  return `the mean of stepnet is ${Math.abs(difference).toFixed(4)} ${difference < 0 ? 'below' : 'above'} NumPy's`;
}
