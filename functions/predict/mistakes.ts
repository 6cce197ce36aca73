/** The surest wrong answers to a test set. */
import { argmax } from '../../core/model/network.ts';

export interface Mistake {
  /** In the test set. */
  index: number;
  label: number;
  predicted: number;
  outputs: Float32Array;
  /** How far the output of the predicted class is above that of the label. */
  margin: number;
  /** The sample's bytes as base64; null where it has none. */
  pixels: () => string | null;
}

export class WorstMistakes {
  readonly #most: number;
  readonly #worst: Mistake[] = [];
  #count = 0;

  /** @param most that are kept */
  constructor(most: number) {
    this.#most = most;
  }

  /** Of all. */
  get count(): number {
    return this.#count;
  }

  /** By margin, the largest first; of equals the one that came first. */
  get worst(): readonly Mistake[] {
    return this.#worst;
  }

  /** @param outputs copied if they are kept */
  add(index: number, label: number, outputs: Float32Array, pixels: () => string | null): void {
    const predicted = argmax(outputs);
    if (predicted === label) return;
    this.#count++;
    const margin = outputs[predicted]! - outputs[label]!;
    const isFull = this.#worst.length === this.#most;
    if (isFull && margin <= this.#worst.at(-1)!.margin) return;
    if (isFull) this.#worst.pop();
    const after = this.#worst.findIndex((other) => other.margin < margin);
    const mistake = { index, label, predicted, outputs: outputs.slice(), margin, pixels };
    this.#worst.splice(after < 0 ? this.#worst.length : after, 0, mistake);
  }
}
