/** What many simulations come to. */
import type { Fault } from './faults.ts';
import type { SimulationReport } from './simulation.ts';

export class Tally {
  readonly #begun = performance.now();
  readonly #faults = new Map<Fault, number>();
  #seeds = 0;
  #runs = 0;
  #calls = 0;
  #invocations = 0;
  #seconds = 0;

  add(report: SimulationReport): void {
    this.#seeds++;
    this.#runs += report.runs;
    this.#calls += report.calls;
    this.#invocations += report.invocations;
    this.#seconds += report.seconds;
    for (const [fault, count] of report.faults) {
      this.#faults.set(fault, (this.#faults.get(fault) ?? 0) + count);
    }
  }

  summary(): string {
    const seconds = (performance.now() - this.#begun) / 1000;
    const faults = [...this.#faults].sort(([, a], [, b]) => b - a);
    const total = faults.reduce((sum, [, count]) => sum + count, 0);
    return [
      `${this.#seeds} seeds, ${this.#runs} training runs, ${this.#invocations} invocations, ${this.#calls} requests to S3 and mirrors, ${(this.#seconds / 3600).toFixed(1)} simulated hours in ${seconds.toFixed(0)} s (${(this.#seeds / seconds).toFixed(2)} seeds/s)`,
      `${total} faults survived:`,
      ...faults.map(([fault, count]) => `${String(count).padStart(8)}  ${fault}`),
    ].join('\n');
  }
}
