/** Shows a followed run: a live line on a terminal, plain lines elsewhere, and one table row per evaluation. */
import { clearScreenDown, cursorTo, moveCursor } from 'node:readline';
import { readableCause } from '../../functions/schemas/parse.ts';
import type { RunProgress, StepEvaluation } from '../../functions/schemas/payloads.ts';
import { colour } from '../support/colour.ts';
import { type Column, columnsFor } from './evaluation-columns.ts';
import type { RunEvent } from './follow.ts';
import type { Evaluated } from './run-metrics.ts';

const BAR_WIDTH = { least: 8, most: 24 };
const INDENT = '  ';

/** What is shown of how far a run is. */
type Described = Pick<
  RunProgress,
  'step' | 'totalSteps' | 'epoch' | 'loss' | 'imagesPerSecond' | 'loop' | 'rounds'
>;

export interface ProgressOutput {
  write(text: string): unknown;
  isTTY?: boolean;
  /** Of the terminal, as wide as it is now. */
  columns?: number;
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
  /** How far the training is: a share, and the words beside the bar. */
  #trained: { share: number; words: string[] } | undefined;
  /** Characters of the live line. */
  #shown = 0;
  #firstProgress: { step: number; at: number } | undefined;
  #columns: Column[] | undefined;
  #lastEvaluated = -1;
  #startedAt: number | undefined;
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
    if ('at' in event) this.#startedAt ??= event.at.getTime();
    switch (event.kind) {
      case 'entered':
        this.#phase ??= { state: event.state, since: event.at.getTime() };
        break;
      case 'exited':
        this.#leave(event.state, event.at.getTime());
        break;
      case 'progress':
        this.#progress(event.progress, event.at.getTime());
        break;
      case 'evaluated':
        this.#evaluated(event.evaluated, event.at.getTime());
        break;
      case 'continued':
        // A state is entered in one execution and left in the same.
        this.#phase = undefined;
        break;
      case 'attemptFailed':
        this.#line(colour('yellow', `  attempt failed: ${event.error}: ${readableCause(event.cause)}`));
        break;
      case 'ended':
        this.#clear();
        return;
    }
    if ('at' in event) this.#redraw(event.at);
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
    // An import has no steps.
    if (progress.totalSteps > 0) this.#trained = this.#describe(progress, at);
  }

  #evaluated({ metrics, run: { totalSteps } }: Evaluated, at: number): void {
    const { step, timing } = metrics;
    const { imagesPerSecond, runDollars } = timing;
    if (step <= this.#lastEvaluated) return;
    this.runDollars = runDollars;
    this.#firstProgress ??= { step, at };
    this.#row(metrics, imagesPerSecond);
    if (totalSteps > 0)
      this.#trained = this.#describe({ ...metrics, totalSteps, imagesPerSecond, loop: null }, at);
  }

  #row(evaluation: StepEvaluation, imagesPerSecond: number): void {
    const { step } = evaluation;
    // A state says again what was heard of while it trained; an execution begins where the one before has ended.
    if (step <= this.#lastEvaluated) return;
    this.#lastEvaluated = step;
    const throughput = imagesPerSecond > 0 ? formatCount(imagesPerSecond) : '-';
    if (this.#columns === undefined) {
      this.#columns = columnsFor(evaluation, this.#showBook);
      const titles = this.#columns.map(({ title, width }) => title.padStart(width));
      this.#line(colour('bold', `${titles.join('')}${'images/s'.padStart(11)}`));
    }
    const cells = this.#columns.map(({ cell, width }) => cell(evaluation).padStart(width));
    this.#line(`${cells.join('')}${throughput.padStart(11)}`);
  }

  #describe(progress: Described, at: number): { share: number; words: string[] } {
    const words = [`step ${progress.step}/${progress.totalSteps}`, `epoch ${progress.epoch.toFixed(1)}`];
    if (progress.rounds !== undefined) {
      const { workers, done, total } = progress.rounds;
      words.push(`round ${done}/${total} of ${workers} worker${workers === 1 ? '' : 's'}`);
    }
    if (progress.loss !== null) words.push(`loss ${progress.loss.toFixed(3)}`);
    words.push(`${formatCount(progress.imagesPerSecond)} images/s`);
    const eta = this.#eta(progress, at);
    if (eta !== undefined) words.push(`ETA ${eta} s`);
    const { maxDollars, maxSeconds } = this.#caps;
    const cap = maxDollars === undefined ? '' : ` of ${formatDollars(maxDollars)}`;
    words.push(`${formatDollars(this.runDollars)}${cap}`);
    if (maxSeconds !== undefined) {
      const seconds = (at - this.#startOf(progress)) / 1000;
      words.push(`${Math.round(seconds)} of ${maxSeconds} s`);
    }
    return { share: progress.step / progress.totalSteps, words };
  }

  /** When the run was started first, as it says itself; before that, since when it is followed. */
  #startOf({ loop }: Described): number {
    if (loop !== null) this.#startedAt = Date.parse(loop.startedAt);
    return this.#startedAt!;
  }

  /** The live line: how far the training is, or before that the state that runs. It is never wider than the terminal. */
  #redraw(at: Date): void {
    if (!this.#out.isTTY || (this.#trained ?? this.#phase) === undefined) return;
    // The last column stays free: a terminal would go on to the next line.
    const room = (this.#out.columns || Infinity) - INDENT.length - 1;
    const text = (this.#trained === undefined ? this.#state(at) : this.#bar(room)).slice(0, room);
    this.#clear();
    this.#out.write(`${INDENT}${text}`);
    this.#shown = INDENT.length + text.length;
  }

  #state(at: Date): string {
    const { state, since } = this.#phase!;
    return `${state}  ${Math.max(0, Math.round((at.getTime() - since) / 1000))} s`;
  }

  /** Where there is little room, the bar is shorter, and what comes after the steps is left out, but for the end. */
  #bar(room: number): string {
    const { share, words } = this.#trained!;
    const shown = [...words];
    const left = () => room - shown.join(INDENT).length - INDENT.length;
    while (shown.length > 1 && left() < BAR_WIDTH.least) shown.splice(1, 1);
    const width = Math.max(0, Math.min(BAR_WIDTH.most, left()));
    const filled = Math.round(share * width);
    return ['█'.repeat(filled) + '░'.repeat(width - filled), ...shown].join(INDENT);
  }

  /** Whole seconds left at the pace since the first report; undefined while there is no pace yet. */
  #eta(progress: Described, at: number): number | undefined {
    const first = this.#firstProgress!;
    const steps = progress.step - first.step;
    if (steps <= 0) return undefined;
    return Math.round(((at - first.at) / steps / 1000) * (progress.totalSteps - progress.step));
  }

  #clear(): void {
    if (!this.#out.isTTY) return;
    const out = this.#out as NodeJS.WritableStream;
    // A terminal that has become narrower has broken it.
    moveCursor(out, 0, -Math.floor(Math.max(0, this.#shown - 1) / (this.#out.columns || Infinity)));
    cursorTo(out, 0);
    clearScreenDown(out);
    this.#shown = 0;
  }

  #line(text: string): void {
    this.#clear();
    this.#out.write(`${text}\n`);
  }
}

const formatCount = (value: number) => Math.round(value).toLocaleString('en-US');

/** Dollars with enough digits to show amounts far below a cent. */
export const formatDollars = (value: number) => `$${value.toFixed(value < 0.01 ? 6 : 4)}`;
