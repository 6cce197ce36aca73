/**
 * Plots of runs: the textbook's, accuracy on training and test data per epoch, which of regressions is the loss on them, and
 * the loss of the last batch.
 */
import type { StepMetrics } from '../schemas/documents.ts';
import type { CurveStyle, LinePlot } from './line-plot.ts';
import type { Point } from './svg.ts';

type Plotted = 'epoch' | 'loss' | 'trainAccuracy' | 'testAccuracy' | 'trainLoss' | 'testLoss';

export interface PlottedRun {
  /** In order of the epochs. */
  metrics: readonly Pick<StepMetrics, Plotted>[];
  /** Epochs the run will have; the axis reaches this far from the start. */
  epochs: number;
  /** Index of its colour when several runs are laid over each other. */
  colour: number;
  /** Begins the names of its curves. */
  name?: string;
}

const TRAIN = { dashed: false, marker: 'circle' } as const;
const TEST = { dashed: true, marker: 'square' } as const;

/** Losses, where no run has an accuracy. */
export function showsLosses(runs: readonly Pick<PlottedRun, 'metrics'>[]): boolean {
  const has = (figure: 'testAccuracy' | 'testLoss') =>
    runs.some(({ metrics }) => metrics.some((entry) => entry[figure] !== null));
  return !has('testAccuracy') && has('testLoss');
}

/** A single run's two curves differ in colour; those of several have their run's, and differ in dashes and markers. */
export function evaluationPlot(
  runs: readonly PlottedRun[],
  frame: Pick<LinePlot, 'width' | 'height' | 'title'>,
): LinePlot {
  const ofLosses = showsLosses(runs);
  const short = ofLosses ? 'loss' : 'acc';
  const [onTrain, onTest] = ofLosses
    ? (['trainLoss', 'testLoss'] as const)
    : (['trainAccuracy', 'testAccuracy'] as const);
  const heights = runs.flatMap(({ metrics }) =>
    [...pointsOf(metrics, onTrain), ...pointsOf(metrics, onTest)].map(([, y]) => y),
  );
  const single = runs.length === 1;
  const train = (colour: number): CurveStyle => ({ ...TRAIN, colour: single ? 0 : colour });
  const test = (colour: number): CurveStyle => ({ ...TEST, colour: single ? 1 : colour });
  return {
    ...frame,
    xLabel: 'epochs',
    yLabel: ofLosses ? 'loss' : 'accuracy',
    xMax: lastEpoch(runs),
    yMax: ofLosses ? Math.max(0, ...heights) || 1 : 1,
    curves: runs.flatMap(({ metrics, colour, name }) => [
      { ...train(colour), points: pointsOf(metrics, onTrain), name: nameOf('train', name) },
      { ...test(colour), points: pointsOf(metrics, onTest), name: nameOf('test', name) },
    ]),
    legend: [
      { ...TRAIN, colour: single ? 0 : 'ink', label: `train ${short}` },
      { ...TEST, colour: single ? 1 : 'ink', label: `test ${short}` },
    ],
  };
}

/** Loss of the last batch before each checkpoint or evaluation. */
export function lossPlot(runs: readonly PlottedRun[], frame: Pick<LinePlot, 'width' | 'height'>): LinePlot {
  const curves = runs.map(({ metrics, colour, name }) => ({
    dashed: false,
    marker: 'circle' as const,
    colour: runs.length === 1 ? 0 : colour,
    points: pointsOf(metrics, 'loss'),
    name: nameOf('loss', name),
  }));
  const highest = Math.max(0, ...curves.flatMap(({ points }) => points.map(([, loss]) => loss)));
  return {
    ...frame,
    xLabel: 'epochs',
    yLabel: 'loss',
    xMax: lastEpoch(runs),
    yMax: highest > 0 ? highest : 1,
    curves,
    legend: [],
  };
}

/** Of a regression's output: what is predicted over what it should be, with the diagonal where both are the same. */
export function predictionPlot(
  samples: readonly Point[],
  frame: Pick<LinePlot, 'width' | 'height' | 'title'>,
): LinePlot {
  const values = samples.flat();
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  // All the same, or none at all: an axis has to have a length.
  const [min, max] =
    high > low ? [low, high] : [Number.isFinite(low) ? low - 1 : 0, Number.isFinite(low) ? low + 1 : 1];
  return {
    ...frame,
    xLabel: 'target',
    yLabel: 'prediction',
    xMin: min,
    xMax: max,
    yMin: min,
    yMax: max,
    curves: [
      {
        colour: 1,
        dashed: true,
        marker: 'square',
        points: [
          [min, min],
          [max, max],
        ],
      },
    ],
    dots: [{ colour: 0, points: samples }],
    legend: [],
  };
}

const nameOf = (curve: string, run: string | undefined) => (run === undefined ? curve : `${run} ${curve}`);

/** Where the axis of epochs ends; never 0. */
function lastEpoch(runs: readonly Pick<PlottedRun, 'metrics' | 'epochs'>[]): number {
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
