/** What the soak measures: memory and files of every process, the database, and how long answers took. */
import { percentile } from '../../scripts/support/statistics.ts';
import type { LocalApp, ProcessSample } from './local-app.ts';

interface Series {
  name: string;
  at: number[];
  residentMb: number[];
  fileDescriptors: number[];
}

export interface Growth {
  process: string;
  /** Medians of the second and of the last quarter of the load. */
  residentMb: [number, number];
  fileDescriptors: [number, number];
}

const SAMPLE_MS = 2000;

/** Looks at the app every two seconds until it is stopped. */
export function watch(app: LocalApp) {
  const started = performance.now();
  const series = new Map<number, Series>();
  const databaseMb: number[] = [];
  const look = (): void => {
    const at = performance.now() - started;
    databaseMb.push(app.databaseMb());
    for (const sample of app.processes()) add(series, sample, at);
  };
  const timer = setInterval(look, SAMPLE_MS);
  look();
  return {
    databaseMb,
    stop(): number {
      clearInterval(timer);
      return performance.now() - started;
    },
    /** Of each process that was there in both quarters of a load of `durationMs`. */
    growth: (durationMs: number): Growth[] =>
      [...series].flatMap(([pid, { name, at, residentMb, fileDescriptors }]) => {
        const within = (values: number[], quarter: number) =>
          values.filter((_, i) => Math.floor((at[i]! / durationMs) * 4) === quarter);
        const compare = (values: number[]): [number, number] => [
          percentile(within(values, 1), 0.5),
          percentile(within(values, 3), 0.5),
        ];
        if (within(at, 1).length === 0 || within(at, 3).length === 0) return [];
        return [
          {
            process: `${name} ${pid}`,
            residentMb: compare(residentMb),
            fileDescriptors: compare(fileDescriptors),
          },
        ];
      }),
  };
}

function add(series: Map<number, Series>, sample: ProcessSample, at: number): void {
  const own = series.get(sample.pid) ?? { name: sample.name, at: [], residentMb: [], fileDescriptors: [] };
  own.at.push(at);
  own.residentMb.push(sample.residentMb);
  own.fileDescriptors.push(sample.fileDescriptors);
  series.set(sample.pid, own);
}

/** One line for each kind of question. */
export function latencyTable(latencies: ReadonlyMap<string, readonly number[]>): string {
  const all = ['all', [...latencies.values()].flat()] as const;
  return [...latencies, all]
    .map(([kind, ms]) => {
      const figures = [0.5, 0.9, 0.99, 1].map((share) => percentile(ms, share).toFixed(1).padStart(8));
      return `${kind.padEnd(12)}${String(ms.length).padStart(8)}${figures.join('')}`;
    })
    .join('\n');
}
