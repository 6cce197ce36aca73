/** Which memory and how many workers: all that were asked for, and what is best among them. */
import { ConfigError } from '../../core/errors.ts';
import { MAX_WORKERS } from '../../functions/contract/limits.ts';
import type { Job, Question } from './job.ts';
import { type Estimate, estimate, isRefused, type Refusal } from './model.ts';

export interface Choice {
  /** By memory, then by workers. */
  answers: (Estimate | Refusal)[];
  /** undefined where nothing can run. */
  cheapest: Estimate | undefined;
  fastest: Estimate | undefined;
  /** With the cheapest one's memory. */
  workers: WorkersCurve | undefined;
}

/** What more workers bring, with one memory. */
export interface WorkersCurve {
  memoryMb: number;
  /** The least time; with more workers it only grows. */
  fastestWorkers: number;
  fastestSeconds: number;
  /** The fewest with which it takes at most NEARLY longer than that. */
  enoughWorkers: number;
  enoughSeconds: number;
}

/** Of the time: what more than enough workers still save. */
export const NEARLY = 0.1;

/**
 * @param jobWith the run's job with so many workers; 1 is the sequential run
 * @param memories in MB, at least one
 * @param workers numbers of workers, at least one
 */
export function choose(
  question: Omit<Question, 'memoryMb' | 'job'>,
  jobWith: (workers: number) => Job,
  memories: readonly number[],
  workers: readonly number[],
): Choice {
  const ask = (memoryMb: number, k: number): Estimate | Refusal => {
    let job: Job;
    try {
      job = jobWith(k);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return { memoryMb, workers: k, refused: error.message };
    }
    return estimate({ ...question, memoryMb, job });
  };
  const answers = memories.flatMap((memoryMb) => workers.map((k) => ask(memoryMb, k)));
  const possible = answers.filter((answer): answer is Estimate => !isRefused(answer));
  const least = (of: (answer: Estimate) => number) => possible.toSorted((a, b) => of(a) - of(b))[0];
  const cheapest = least(({ dollars }) => dollars);
  return {
    answers,
    cheapest,
    fastest: least(({ seconds }) => seconds),
    workers: cheapest && curve((k) => ask(cheapest.memoryMb, k)),
  };
}

function curve(ask: (workers: number) => Estimate | Refusal): WorkersCurve | undefined {
  const answers: Estimate[] = [];
  for (let k = 1; k <= MAX_WORKERS; k++) {
    const answer = ask(k);
    if (!isRefused(answer)) answers.push(answer);
  }
  const [fastest] = answers.toSorted((a, b) => a.seconds - b.seconds);
  if (fastest === undefined) return undefined;
  const enough = answers.find(({ seconds }) => seconds <= (1 + NEARLY) * fastest.seconds)!;
  return {
    memoryMb: fastest.memoryMb,
    fastestWorkers: fastest.workers,
    fastestSeconds: fastest.seconds,
    enoughWorkers: enough.workers,
    enoughSeconds: enough.seconds,
  };
}

/** Seconds that a further dollar saves, from one answer to the next; undefined where it saves none or costs none. */
export function secondsPerDollar(before: Estimate, after: Estimate): number | undefined {
  const [saved, paid] = [before.seconds - after.seconds, after.dollars - before.dollars];
  return saved > 0 && paid > 0 ? saved / paid : undefined;
}
