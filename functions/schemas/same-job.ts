/** Whether two configs ask for the same run. */
import { isDeepStrictEqual } from 'node:util';
import type { JobConfig } from './config.ts';
import { withEnds } from './layers.ts';
import { shorten } from './parse.ts';

/** The config with the other one's sizes where its own are for the dataset to say: if all else is the same, so is that. */
export function sizedLike(config: JobConfig, { layers }: JobConfig): JobConfig {
  return withEnds(config, [layers[0]!, layers.at(-1)!]);
}

/** Whichever of the two leaves sizes to the dataset. */
export const isSameJob = (a: JobConfig, b: JobConfig): boolean =>
  isDeepStrictEqual(sizedLike(a, b), sizedLike(b, a));

/** The fields in which they differ, each with both values; `nothing` stands for a field that is left out. */
export function describeDifferences(a: JobConfig, b: JobConfig): string[] {
  const left: Record<string, unknown> = { ...sizedLike(a, b) };
  const right: Record<string, unknown> = { ...sizedLike(b, a) };
  const fields = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return fields
    .filter((field) => !isDeepStrictEqual(left[field], right[field]))
    .map((field) => `${field} ${shorten(left[field])} instead of ${shorten(right[field])}`);
}
