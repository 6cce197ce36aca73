/** What many simulations come to. */
import type { Fault } from './faults.ts';
import type { SimulationReport } from './simulation.ts';

export class Tally {
  readonly #begun = performance.now();
  readonly #faults = new Map<Fault, number>();
  readonly #workloads = new Map<string, number>();
  readonly #reports: Pick<SimulationReport, 'runs' | 'calls' | 'invocations' | 'seconds'>[] = [];

  add({ workload, faults, runs, calls, invocations, seconds }: SimulationReport): void {
    this.#reports.push({ runs, calls, invocations, seconds });
    this.#workloads.set(workload, (this.#workloads.get(workload) ?? 0) + 1);
    for (const [fault, count] of faults) this.#faults.set(fault, (this.#faults.get(fault) ?? 0) + count);
  }

  summary(): string {
    const seconds = (performance.now() - this.#begun) / 1000;
    const seeds = this.#reports.length;
    const sum = (of: 'runs' | 'calls' | 'invocations' | 'seconds') =>
      this.#reports.reduce((total, report) => total + report[of], 0);
    const faults = [...this.#faults].sort(([, a], [, b]) => b - a);
    const total = faults.reduce((all, [, count]) => all + count, 0);
    return [
      `${seeds} seeds, ${sum('runs')} runs, ${sum('invocations')} invocations, ${sum('calls')} requests to S3 and mirrors, ${(sum('seconds') / 3600).toFixed(1)} simulated hours in ${seconds.toFixed(0)} s (${(seeds / seconds).toFixed(2)} seeds/s)`,
      [...this.#workloads].map(([workload, count]) => `${count} ${workload}`).join(', '),
      `${total} faults survived:`,
      ...faults.map(([fault, count]) => `${String(count).padStart(8)}  ${fault}`),
    ].join('\n');
  }
}
