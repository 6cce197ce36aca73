/** The ways in which the same training is done; each has to end with the same bytes. */
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

/** Divides neither an epoch nor a run. */
const ODD_CHUNK = 37;

/**
 * The kernels with 1 and 2 threads, in chunks of one epoch, of 37 steps and whole; the same as a whole in vectors of 128
 * bits; and the reference, which is many times slower, for the first and the last steps of a run whose middle the kernels
 * do.
 *
 * @param referenceSteps steps of the reference at each end; 0 leaves it out
 */
export function waysToTrain(config: TrainingConfig, trainSize: number, referenceSteps: number): Way[] {
  const total = totalSteps(config, trainSize);
  const chunks = [
    ['chunks of one epoch', stepsPerEpoch(config.batchSize, trainSize)],
    [`chunks of ${ODD_CHUNK} steps`, ODD_CHUNK],
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

function referenceWay(total: number, steps: number): Way {
  const chunk = ODD_CHUNK;
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
