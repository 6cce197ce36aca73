/** `npm run bench -- --profile`: where the time of one of our training steps goes. */
import { join } from 'node:path';
import { nodeCommand, runForJson } from '../../support/programs.ts';
import type { Job } from './jobs.ts';
import { alignFigures } from './table.ts';
import type { StepProfile } from './task.ts';

export interface ProfileReport {
  job: string;
  threads: number;
  /** Microseconds. */
  step: StepProfile;
}

/** @param folder with the job's inputs */
export async function profileStep(job: Job, folder: string, threads: number): Promise<ProfileReport> {
  const peer = join(import.meta.dirname, 'peers/ours-profile.ts');
  const options = JSON.stringify({ steps: job.steps, threads });
  const step = await runForJson<StepProfile>(nodeCommand(peer, folder, options));
  return { job: job.title, threads, step };
}

export function profileTable(reports: readonly ProfileReport[]): string {
  const header = ['one step, in µs', 'threads', 'forward', 'update', 'sampling', 'rest', 'total'];
  const rows = reports.map(({ job, threads, step: { forward, update, sampling, total } }) => [
    job,
    String(threads),
    ...[forward, update, sampling, total - forward - update - sampling, total].map((value) =>
      value.toFixed(1),
    ),
  ]);
  return [
    alignFigures([header, ...rows]),
    '  forward: outputs and deltas of all layers; update: gradients and parameters; both as the calling thread sees them',
  ].join('\n');
}
