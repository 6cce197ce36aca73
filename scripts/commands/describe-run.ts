/** Where the time of a finished run went: per state, and inside the invocations that train. */
import { z } from 'zod';
import { type StepMetrics, stepMetrics } from '../../functions/schemas/documents.ts';
import { formatDollars, type ProgressReporter } from '../client/progress.ts';
import { getJson } from '../client/unfinished.ts';
import type { LocalCloud } from '../cloud/cloud.ts';
import { lastOfEach } from '../planner/record.ts';

const runMetrics = z.object({ metrics: z.array(stepMetrics) });
const seconds = (ms: number) => `${(ms / 1000).toFixed(ms < 1000 ? 2 : 1)} s`;

/** Lines for people: seconds per state and per phase of the training, memory and INIT per function, dollars. */
export async function describeTimes(
  cloud: LocalCloud,
  runId: string,
  reporter: ProgressReporter,
): Promise<string> {
  const { metrics } = runMetrics.parse(await getJson(`${cloud.endpoints.http}/runs/${runId}`));
  const invocations = lastOfEach(metrics);
  const sum = (pick: (timing: StepMetrics['timing']) => number) =>
    invocations.reduce((total, entry) => total + pick(entry.timing), 0);
  const phases = {
    training: sum((timing) => timing.trainMs),
    evaluation: sum((timing) => timing.evaluateMs),
    'loading of checkpoint and data': sum((timing) => timing.loadMs),
    'saving of checkpoints': sum((timing) => timing.saveMs),
  };
  const states = [...reporter.phaseMs].filter(([, ms]) => ms >= 50);
  const total = [...reporter.phaseMs.values()].reduce((a, b) => a + b, 0);
  const stats = cloud.functionStats();
  const functions = stats.filter(({ invocations }) => invocations > 0);
  const perFunction = (figure: (stats: (typeof functions)[number]) => string) =>
    functions.map((stats) => `${shortName(stats.name)} ${figure(stats)}`).join(', ');
  const throttled = stats.filter(({ throttles }) => throttles > 0);
  return [
    `time ${seconds(total)}: ${list(states, seconds)}`,
    `of that in ${invocations.length} invocation${invocations.length === 1 ? '' : 's'} that trained: ${list(Object.entries(phases), seconds)}`,
    `peak memory in MB: ${perFunction(({ peakMemoryMb }) => String(Math.round(peakMemoryMb)))}`,
    `slowest INIT in ms: ${perFunction(({ initMs }) => String(Math.round(initMs)))}`,
    ...(throttled.length === 0
      ? []
      : [
          `throttled: ${list(
            throttled.map(({ name, throttles }) => [shortName(name), throttles]),
            String,
          )}`,
        ]),
    `estimated cost of the run: ${formatDollars(reporter.runDollars)}, of it Lambda compute for training: ${formatDollars(reporter.lambdaDollars)}`,
  ].join('\n');
}

const list = (entries: readonly (readonly [string, number])[], format: (value: number) => string) =>
  entries.map(([name, value]) => `${name} ${format(value)}`).join(', ');

/** `TrainChunk` of `stepnet-training-TrainChunkFunction83A52341`. */
const shortName = (name: string) => /-(\w+?)Function[0-9A-F]{8}$/.exec(name)?.[1] ?? name;
