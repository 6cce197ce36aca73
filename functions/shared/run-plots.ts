/** Plots of runs: the deck's, accuracy on training and test data per epoch, and the loss. */
import { type CurveStyle, type LinePlot, linePlot, type Point, type Scene } from './line-plot.ts';

/** Figures of a step; accuracies are null where it was a checkpoint alone, the loss before the first step. */
export interface Evaluated {
  epoch: number;
  loss: number | null;
  trainAccuracy: number | null;
  testAccuracy: number | null;
}

export interface PlottedRun {
  /** In order of the epochs. */
  metrics: readonly Evaluated[];
  /** Epochs the run will have; the axis reaches this far from the start. */
  epochs: number;
  /** Index of its colour when several runs are laid over each other. */
  colour: number;
}

const TRAIN = { dashed: false, marker: 'circle' } as const;
const TEST = { dashed: true, marker: 'square' } as const;

/** A single run's two curves differ in colour; those of several have their run's, and differ in dashes and markers. */
export function accuracyPlot(
  runs: readonly PlottedRun[],
  frame: Pick<LinePlot, 'width' | 'height' | 'title'>,
): Scene {
  const single = runs.length === 1;
  const train = (colour: number): CurveStyle => ({ ...TRAIN, colour: single ? 0 : colour });
  const test = (colour: number): CurveStyle => ({ ...TEST, colour: single ? 1 : colour });
  return linePlot({
    ...frame,
    xLabel: 'epochs',
    yLabel: 'accuracy',
    xMax: lastEpoch(runs),
    yMax: 1,
    curves: runs.flatMap(({ metrics, colour }) => [
      { ...train(colour), points: pointsOf(metrics, 'trainAccuracy') },
      { ...test(colour), points: pointsOf(metrics, 'testAccuracy') },
    ]),
    legend: [
      { ...TRAIN, colour: single ? 0 : 'ink', label: 'train acc' },
      { ...TEST, colour: single ? 1 : 'ink', label: 'test acc' },
    ],
  });
}

/** Loss of the last batch before each checkpoint or evaluation. */
export function lossPlot(runs: readonly PlottedRun[], frame: Pick<LinePlot, 'width' | 'height'>): Scene {
  const curves = runs.map(({ metrics, colour }) => ({
    dashed: false,
    marker: 'circle' as const,
    colour: runs.length === 1 ? 0 : colour,
    points: pointsOf(metrics, 'loss'),
  }));
  const highest = Math.max(0, ...curves.flatMap(({ points }) => points.map(([, loss]) => loss)));
  return linePlot({
    ...frame,
    xLabel: 'epochs',
    yLabel: 'loss',
    xMax: lastEpoch(runs),
    yMax: highest > 0 ? highest : 1,
    curves,
    legend: [],
  });
}

/** Where the axis of epochs ends; never 0. */
export function lastEpoch(runs: readonly Pick<PlottedRun, 'metrics' | 'epochs'>[]): number {
  const ends = runs.flatMap(({ metrics, epochs }) => [epochs, metrics.at(-1)?.epoch ?? 0]);
  const last = Math.max(0, ...ends);
  return last > 0 ? last : 1;
}

/** Evaluations that have this figure, as points. */
export function pointsOf<K extends string>(
  metrics: readonly ({ epoch: number } & Record<K, number | null>)[],
  figure: K,
): Point[] {
  return metrics.flatMap((entry): Point[] => (entry[figure] === null ? [] : [[entry.epoch, entry[figure]]]));
}
