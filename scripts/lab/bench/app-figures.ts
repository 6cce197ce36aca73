/** What is measured of the app as a whole. */

export const APP_JOBS = ['pipeline', 'coldstart', 'latency', 'start'] as const;
export type AppJob = (typeof APP_JOBS)[number];

export interface AppFigure {
  job: AppJob;
  what: string;
  /** Milliseconds, one per round. */
  samples: number[];
  /** How many times the training's compute it takes, where that can be said: medians. */
  toCompute?: number;
}

export type Add = (job: AppJob, what: string, ms: number) => void;
