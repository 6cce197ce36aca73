/** The ways in which the same training is done; each has to end with the same bytes. */
import { fanIn, parametric, planLayers } from '../../../core/network/plan.ts';
import { stepsPerEpoch, type TrainingConfig, totalSteps } from '../../../core/training/config.ts';

/** Training on some backend, from where the segment before it ended. */
export interface Segment {
  backend: 'wasm' | 'reference';
  untilStep: number;
  /** Steps between checkpoints: each is encoded, decoded, and gone on from. */
  chunk: number;
}

export interface Way {
  title: string;
  threads: number;
  /** In vectors of 128 bits even where the machine has wider ones. */
  isPlain: boolean;
  segments: Segment[];
}

/** Divides neither an epoch nor a run; the other is for short ones. */
const ODD_CHUNKS = [37, 5] as const;
/** Of a run that is shorter than an epoch. */
const CHUNKS = 3;
/** Multiplications of the textbook job's 300 steps: the reference's share of a run, unless somebody says it in steps. */
const REFERENCE_WORK = 300 * 100 * (784 * 50 + 50 * 10);

/** Steps that the reference does in about the same time, whatever the network: at least one. */
export function referenceStepsOf({ layers, batchSize }: TrainingConfig): number {
  const work = parametric(planLayers(layers, 'identity')).map(
    (layer) => fanIn(layer) * layer.outputs * batchSize,
  );
  return Math.max(1, Math.round(REFERENCE_WORK / work.reduce((sum, one) => sum + one, 0)));
}

/**
 * The kernels with 1 and 2 threads, in chunks of one epoch (or three of a shorter run), of 37 steps and whole; the same as a whole in vectors of 128
 * bits; and the reference, which is many times slower, for the first and the last steps of a run whose middle the kernels
 * do.
 *
 * @param referenceSteps steps of the reference at each end; 0 leaves it out
 */
export function waysToTrain(config: TrainingConfig, trainSize: number, referenceSteps: number): Way[] {
  const total = totalSteps(config, trainSize);
  const odd = oddChunk(total);
  const perEpoch = stepsPerEpoch(config.batchSize, trainSize);
  const chunks = [
    perEpoch < total
      ? (['chunks of one epoch', perEpoch] as const)
      : ([`${CHUNKS} chunks`, Math.ceil(total / CHUNKS)] as const),
    [`chunks of ${odd} steps`, odd],
    ['one chunk', total],
  ] as const;
  const ways = [1, 2].flatMap((threads) => {
    const way = (title: string, chunk: number, isPlain: boolean): Way => ({
      title: `wasm, ${threads === 1 ? '1 thread' : `${threads} threads`}, ${title}`,
      threads,
      isPlain,
      segments: [{ backend: 'wasm', untilStep: total, chunk }],
    });
    return [
      ...chunks.map(([title, chunk]) => way(title, chunk, false)),
      way('one chunk in plain vectors', total, true),
    ];
  });
  return referenceSteps === 0 ? ways : [...ways, referenceWay(total, referenceSteps)];
}

const oddChunk = (total: number): number => (ODD_CHUNKS[0] < total ? ODD_CHUNKS[0] : ODD_CHUNKS[1]);

function referenceWay(total: number, steps: number): Way {
  const chunk = oddChunk(total);
  const isAll = 2 * steps >= total;
  const ends: Segment[] = [
    { backend: 'reference', untilStep: steps, chunk },
    { backend: 'wasm', untilStep: total - steps, chunk },
    { backend: 'reference', untilStep: total, chunk },
  ];
  return {
    title: isAll ? 'reference' : `reference for the first and last ${steps} steps, wasm between`,
    threads: 1,
    isPlain: false,
    segments: isAll ? [{ backend: 'reference', untilStep: total, chunk }] : ends,
  };
}
