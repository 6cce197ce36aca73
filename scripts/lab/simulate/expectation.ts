/** What simulations are compared with: what runs come to without any fault. */

export const FIGURES = ['trainAccuracy', 'testAccuracy', 'trainLoss', 'testLoss'] as const;
export type Figures = Readonly<Record<(typeof FIGURES)[number], number | null>>;

/** A run, and what decides its weights. */
export interface Finished {
  name: string;
  weights: string;
}

/** What every run has to end with, whatever happens to it. */
export interface Expected {
  /** SHA-256 of the checkpoint of each step, by what decides it. */
  checkpoints: ReadonlyMap<string, ReadonlyMap<number, string>>;
  /** What evaluating it says, by the same. */
  figures: ReadonlyMap<string, ReadonlyMap<number, Figures>>;
  /** Runs that came to their end. */
  finished: readonly Finished[];
  /** What they left that can be promoted, with the dataset, by key. */
  objects: ReadonlyMap<string, Uint8Array>;
  /** Files of the weights that training ends with, by the config's seed. */
  weights: ReadonlyMap<number, Uint8Array>;
  /** Probabilities for the image, by the checkpoint's SHA-256. */
  predictions: ReadonlyMap<string, readonly number[]>;
}
