/** Shows a followed run: a live bar on a terminal, plain lines elsewhere, and one table row per evaluation. */
import { clearLine, cursorTo } from 'node:readline';
import type { RunProgress, StepEvaluation } from '../../functions/schemas/payloads.ts';
import { type Column, columnsFor } from './evaluation-columns.ts';
import { type RunEvent, readableCause } from './follow.ts';

const BAR_WIDTH = 24;

export interface ProgressOutput {
  write(text: string): unknown;
  isTTY?: boolean;
}

/** The run's own limits. */
export interface Caps {
  maxDollars?: number | undefined;
  maxSeconds?: number | undefined;
}

export class ProgressReporter {
  #out: ProgressOutput;
  #showBook: boolean;
  #caps: Caps;
  #phase: { state: string; since: number } | undefined;
  #firstProgress: { step: number; at: number } | undefined;
  #columns: Column[] | undefined;
  #lastEvaluated = -1;
  /** Estimated Lambda cost so far of the states that report one and were followed, in US dollars. */
  lambdaDollars = 0;
  /** Estimated cost of the run so far, as it counts it itself. */
  runDollars = 0;
  /** Milliseconds between entering and leaving each state, summed over its visits. */
  readonly phaseMs = new Map<string, number>();

  /** @param options.showBook whether the run is the textbook job, so that the book's accuracies belong beside ours; options.caps: what may end it early */
  constructor(out: ProgressOutput, { showBook, caps = {} }: { showBook: boolean; caps?: Caps }) {
    this.#out = out;
    this.#showBook = showBook;
    this.#caps = caps;
  }

  show(event: RunEvent): void {
    switch (event.kind) {
      case 'entered':
        // States inside a Map come and go while the Map itself is the phase.
        this.#phase ??= { state: event.state, since: event.at.getTime() };
        break;
      case 'exited':
        this.#leave(event.state, event.at.getTime());
        break;
      case 'progress':
        this.#progress(event.progress, event.at.getTime());
        break;
      case 'continued':
        // A state is entered in one execution and left in the same.
        this.#phase = undefined;
        break;
      case 'attemptFailed':
        this.#line(`  attempt failed: ${event.error}: ${readableCause(event.cause)}`);
        break;
      case 'ended':
        this.#clear();
        break;
    }
  }

  #leave(state: string, at: number): void {
    if (this.#phase?.state !== state) return;
    const ms = at - this.#phase.since;
    this.phaseMs.set(state, (this.phaseMs.get(state) ?? 0) + ms);
    this.#phase = undefined;
  }

  #progress(progress: RunProgress, at: number): void {
    this.lambdaDollars += progress.estimatedDollars;
    this.runDollars = progress.runDollars;
    this.#firstProgress ??= { step: progress.step, at };
    for (const evaluation of progress.evaluations) this.#row(evaluation, progress.imagesPerSecond);
    this.#bar(progress, at);
  }

  #row(evaluation: StepEvaluation, imagesPerSecond: number): void {
    const { step } = evaluation;
    // An execution that goes on with a run begins where the one before has ended.
    if (step === this.#lastEvaluated) return;
    this.#lastEvaluated = step;
    const throughput = imagesPerSecond > 0 ? formatCount(imagesPerSecond) : '-';
    if (this.#columns === undefined) {
      this.#columns = columnsFor(evaluation, this.#showBook);
      const titles = this.#columns.map(({ title, width }) => title.padStart(width));
      this.#line(`${titles.join('')}${'images/s'.padStart(11)}`);
    }
    const cells = this.#columns.map(({ cell, width }) => cell(evaluation).padStart(width));
    this.#line(`${cells.join('')}${throughput.padStart(11)}`);
  }

  #bar(progress: RunProgress, at: number): void {
    // An import has no steps.
    if (!this.#out.isTTY || progress.totalSteps === 0) return;
    const share = progress.step / progress.totalSteps;
    const filled = Math.round(share * BAR_WIDTH);
    const parts = [
      `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`,
      `step ${progress.step}/${progress.totalSteps}`,
      `epoch ${progress.epoch.toFixed(1)}`,
    ];
    if (progress.rounds !== undefined) {
      const { workers, done, total } = progress.rounds;
      parts.push(`round ${done}/${total} of ${workers} worker${workers === 1 ? '' : 's'}`);
    }
    if (progress.loss !== null) parts.push(`loss ${progress.loss.toFixed(3)}`);
    parts.push(`${formatCount(progress.imagesPerSecond)} images/s`);
    const eta = this.#eta(progress, at);
    if (eta !== undefined) parts.push(`ETA ${eta} s`);
    const { maxDollars, maxSeconds } = this.#caps;
    const cap = maxDollars === undefined ? '' : ` of ${formatDollars(maxDollars)}`;
    parts.push(`${formatDollars(this.runDollars)}${cap}`);
    if (maxSeconds !== undefined && progress.loop !== null) {
      const seconds = (at - Date.parse(progress.loop.startedAt)) / 1000;
      parts.push(`${Math.round(seconds)} of ${maxSeconds} s`);
    }
    this.#clear();
    this.#out.write(`  ${parts.join('  ')}`);
  }

  /** Whole seconds left at the pace since the first report; undefined while there is no pace yet. */
  #eta(progress: RunProgress, at: number): number | undefined {
    const first = this.#firstProgress!;
    const steps = progress.step - first.step;
    if (steps <= 0) return undefined;
    return Math.round(((at - first.at) / steps / 1000) * (progress.totalSteps - progress.step));
  }

  #clear(): void {
    if (!this.#out.isTTY) return;
    clearLine(this.#out as NodeJS.WritableStream, 0);
    cursorTo(this.#out as NodeJS.WritableStream, 0);
  }

  #line(text: string): void {
    this.#clear();
    this.#out.write(`${text}\n`);
  }
}

const formatCount = (value: number) => Math.round(value).toLocaleString('en-US');

/** Dollars with enough digits to show amounts far below a cent. */
export const formatDollars = (value: number) => `$${value.toFixed(value < 0.01 ? 6 : 4)}`;
