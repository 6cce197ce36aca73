/** Shows a followed run: a live bar on a terminal, plain lines elsewhere, and one table row per evaluation. */
import { clearLine, cursorTo } from 'node:readline';
import type { Evaluation, RunProgress } from '../../functions/shared/schemas.ts';
import { DECK_TEST_ACCURACY } from './deck.ts';
import { type RunEvent, readableCause } from './follow.ts';

const BAR_WIDTH = 24;

export interface ProgressOutput {
  write(text: string): unknown;
  isTTY?: boolean;
}

export class ProgressReporter {
  #out: ProgressOutput;
  #showDeck: boolean;
  #phase: { state: string; since: number } | undefined;
  #firstProgress: { step: number; at: number } | undefined;
  #headerShown = false;
  #dollars = 0;
  /** Milliseconds between entering and leaving each state, summed over its visits. */
  readonly phaseMs = new Map<string, number>();

  /** @param showDeck whether the run is the deck's job, so that its accuracies belong beside ours */
  constructor(out: ProgressOutput, { showDeck }: { showDeck: boolean }) {
    this.#out = out;
    this.#showDeck = showDeck;
  }

  /** Estimated Lambda cost so far of the states that report one, in US dollars. */
  get dollars(): number {
    return this.#dollars;
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
    this.#dollars += progress.estimatedDollars;
    this.#firstProgress ??= { step: progress.step, at };
    for (const evaluation of progress.evaluations) this.#row(evaluation, progress.imagesPerSecond);
    this.#bar(progress, at);
  }

  #row(evaluation: Evaluation, imagesPerSecond: number): void {
    if (!this.#headerShown) {
      this.#headerShown = true;
      this.#line(
        `  epoch     step     loss  train acc  test acc${this.#showDeck ? '  deck test acc' : ''}   images/s`,
      );
    }
    const { step, epoch, loss, trainAccuracy, testAccuracy } = evaluation;
    const isWhole = Number.isInteger(epoch);
    const deck = isWhole ? DECK_TEST_ACCURACY.get(epoch) : undefined;
    const cells = [
      (isWhole ? String(epoch) : epoch.toFixed(2)).padStart(7),
      String(step).padStart(9),
      (loss?.toFixed(4) ?? '-').padStart(9),
      trainAccuracy.toFixed(4).padStart(11),
      testAccuracy.toFixed(4).padStart(10),
    ];
    if (this.#showDeck) cells.push((deck?.toFixed(4) ?? '').padStart(15));
    cells.push((imagesPerSecond > 0 ? formatCount(imagesPerSecond) : '-').padStart(11));
    this.#line(cells.join(''));
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
    if (progress.loss !== null) parts.push(`loss ${progress.loss.toFixed(3)}`);
    parts.push(`${formatCount(progress.imagesPerSecond)} images/s`);
    const eta = this.#eta(progress, at);
    if (eta !== undefined) parts.push(`ETA ${eta} s`);
    parts.push(formatDollars(this.#dollars));
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
