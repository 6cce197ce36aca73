/** Measures one job: every competitor in a process of its own, one after the other, round after round. */

import { runForJson } from '../../support/programs.ts';
import { median, spread } from '../../support/statistics.ts';
import type { Competitor, Family } from './competitors.ts';
import { figureOf, type Job, type Metric } from './jobs.ts';
import type { PeerResult, Score } from './task.ts';

/** Differences of rounding, grown over a job's steps, stay below; other arithmetic would not. */
const TOLERANCE = { loss: 0.003, accuracy: 0.003 };

export interface Figure {
  /** In the metric's unit, one per round. */
  samples: number[];
  median: number;
  min: number;
  max: number;
  /** (max - min) / median. */
  spread: number;
}

export interface Entry {
  competitor: string;
  family: Family;
  threads: number;
  /** Steps that were timed; fewer than the job's are scaled up. */
  steps: number;
  versions: Record<string, string>;
  /** By metric. */
  figures: Record<string, Figure>;
  /** After the entry's steps, and what ours has after as many. */
  score: Score;
  expectedScore: Score;
  /** Whether the two are about the same, and so the work was. */
  agrees: boolean;
}

export interface JobReport {
  id: string;
  title: string;
  metrics: Pick<Metric, 'id' | 'title' | 'unit'>[];
  entries: Entry[];
}

export interface Measuring {
  job: Job;
  /** Where the job's inputs are. */
  folder: string;
  competitors: readonly Competitor[];
  rounds: number;
  onProgress: (what: string) => void;
}

/** @throws Error when a competitor fails */
export async function measureJob(measuring: Measuring): Promise<JobReport> {
  const { job, folder, competitors, rounds, onProgress } = measuring;
  const field = competitors.flatMap((competitor) => {
    const share = competitor.share(job);
    const steps = Math.max(1, Math.round(job.steps * (share ?? 0)));
    return share === undefined ? [] : [{ competitor, steps, results: [] as PeerResult[] }];
  });
  for (let round = 0; round < rounds; round++) {
    // Another one begins each round, so that nobody always runs after the same neighbour.
    const first = round % field.length;
    for (const { competitor, steps, results } of [...field.slice(first), ...field.slice(0, first)]) {
      onProgress(`${job.id}, round ${round + 1} of ${rounds}: ${competitor.name}`);
      results.push(await runForJson<PeerResult>(competitor.command(folder, steps)));
    }
  }
  const expected = await expectedScores(measuring, field);
  const entries = field.map(({ competitor, steps, results }): Entry => {
    const { loss, accuracy, versions } = results[0]!;
    const expectedScore = expected.get(steps)!;
    return {
      competitor: competitor.name,
      family: competitor.family,
      threads: competitor.threads,
      steps,
      versions,
      figures: figuresOf(job, steps, results),
      score: { loss, accuracy },
      expectedScore,
      agrees: agree({ loss, accuracy }, expectedScore),
    };
  });
  return {
    id: job.id,
    title: job.title,
    metrics: job.metrics.map(({ id, title, unit }) => ({ id, title, unit })),
    entries,
  };
}

function figuresOf(job: Job, steps: number, results: readonly PeerResult[]): Record<string, Figure> {
  const figures = job.metrics.map((metric): [string, Figure] => {
    const samples = results.map(({ timings }) => figureOf(metric, timings[metric.id]!, steps));
    const [min, max] = [Math.min(...samples), Math.max(...samples)];
    return [metric.id, { samples, median: median(samples), min, max, spread: spread(samples) }];
  });
  return Object.fromEntries(figures);
}

/** The score of ours after each number of steps that somebody did. */
async function expectedScores(
  { job, folder, onProgress }: Measuring,
  field: readonly { competitor: Competitor; steps: number; results: PeerResult[] }[],
): Promise<Map<number, Score>> {
  const ours = field.find(({ competitor }) => competitor.family === 'stepnet')!;
  const scores = new Map<number, Score>([[ours.steps, ours.results[0]!]]);
  for (const { steps } of field) {
    if (scores.has(steps)) continue;
    onProgress(`${job.id}: the score of ${ours.competitor.name} after ${steps} steps`);
    scores.set(steps, await runForJson<PeerResult>(ours.competitor.command(folder, steps)));
  }
  return scores;
}

export function agree(score: Score, expected: Score): boolean {
  return (
    Math.abs(score.loss - expected.loss) <= TOLERANCE.loss * expected.loss &&
    Math.abs(score.accuracy - expected.accuracy) <= TOLERANCE.accuracy
  );
}
