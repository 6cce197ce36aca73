/** Where the time of a finished run went: per state, and inside the training chunks. */
import { z } from 'zod';
import { stepMetrics } from '../../functions/shared/schemas.ts';
import type { LocalCloud } from '../local/cloud.ts';
import { formatDollars, type ProgressReporter } from './progress.ts';
import { getJson } from './unfinished.ts';

const runMetrics = z.object({ metrics: z.array(stepMetrics) });
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

/** Two lines for people: seconds per state with the chunks' phases, then peak memory and dollars. */
export async function describeSplit(
  cloud: LocalCloud,
  runId: string,
  reporter: ProgressReporter,
): Promise<string> {
  const { metrics } = runMetrics.parse(await getJson(`${cloud.endpoints.http}/runs/${runId}`));
  const chunks = metrics.filter((entry) => entry.checkpoint !== null);
  const sum = (pick: (timing: (typeof chunks)[number]['timing']) => number) =>
    chunks.reduce((total, entry) => total + pick(entry.timing), 0);
  const trainMs = sum((timing) => timing.trainMs);
  const evaluateMs = sum((timing) => timing.evaluateMs);
  const states = [...reporter.phaseMs].filter(([, ms]) => ms >= 50);
  const total = [...reporter.phaseMs.values()].reduce((a, b) => a + b, 0);
  const time = states.map(([state, ms]) => `${state} ${seconds(ms)}`).join(', ');
  const memory = cloud
    .functionStats()
    .map(({ name, peakMemoryMb }) => `${name} ${Math.round(peakMemoryMb)}`)
    .join(', ');
  return [
    `time: ${time}; training ${seconds(trainMs)} and evaluation ${seconds(evaluateMs)} of ${seconds(total)}`,
    `peak memory in MB: ${memory}`,
    `estimated Lambda compute for training: ${formatDollars(reporter.dollars)}`,
  ].join('\n');
}
