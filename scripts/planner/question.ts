/** What is asked of the model. */
import type { Prices } from '../../functions/schemas/prices.ts';
import type { Job } from './job.ts';
import type { Platform } from './platform.ts';
import type { Speed } from './speed.ts';

export interface Question {
  job: Job;
  speed: Speed;
  platform: Platform;
  prices: Prices;
  /** Of the functions that train. */
  memoryMb: number;
  /** false for the training alone, as if nothing were ever evaluated. */
  evaluates?: boolean;
}
