/** The Lambda functions: their names and sizes. */

/** Lambda's memory for one vCPU in MB ("Configure Lambda function memory", AWS Lambda Developer Guide). */
export const MB_PER_VCPU = 1769;

/**
 * Processors that the functions can run on, by Lambda's names, the default first. AWS has the same sizes of both; x86_64
 * costs more and has wider vectors.
 */
export const ARCHITECTURES = ['arm64', 'x86_64'] as const;
export type ArchitectureName = (typeof ARCHITECTURES)[number];

/** Memory in MB of the functions that hold a dataset: what an operator may choose with `-c trainMemory`. */
export const TRAIN_MEMORY_MB = { least: 512, most: 10_240, default: MB_PER_VCPU } as const;

/** Left of an invocation that trains for its last evaluation and writes, besides what they took before. */
export const SAFETY_MARGIN_MS = 30_000;

interface Size {
  /** `train` where the operator chooses it. */
  memoryMb: number | 'train';
  /** Time of an invocation at most. */
  seconds: number;
}

const MINUTE = 60;
/** Lambda's most. */
const TRAINING: Size = { memoryMb: 'train', seconds: 15 * MINUTE };

/** One Lambda per entry, named by its folder under functions/, which holds handler.ts. */
export const SIZES = {
  'validate-config': { memoryMb: 256, seconds: 30 },
  // Several files are streamed at a time, in parts of 8 MB; slow mirrors are the reason for the time.
  'download-dataset': { memoryMb: 1024, seconds: 15 * MINUTE },
  // Reads its sources as streams; rows on their way into shards take the larger part of the memory.
  'shard-dataset': { memoryMb: 1024, seconds: 15 * MINUTE },
  // Evaluates the untrained network, so it holds the dataset like train-chunk does.
  'start-run': TRAINING,
  'train-chunk': TRAINING,
  'train-worker': TRAINING,
  // Evaluates like train-chunk; of the workers' parts a few are in memory at a time.
  'reduce-round': TRAINING,
  // Evaluates like start-run; its memory also bounds the file of weights.
  'import-model': TRAINING,
  // May take two thousand versions into their index at once; of 180 documents 256 MB were nearly used up.
  'promote-model': { memoryMb: 512, seconds: MINUTE },
  'record-failure': { memoryMb: 256, seconds: MINUTE },
  // The model is small; memory buys CPU for a short cold start.
  predict: { memoryMb: 1024, seconds: 25 },
  // Reads the checkpoint of a version that is to serve; somebody waits for its cold start, too.
  manage: { memoryMb: 1024, seconds: 25 },
  'rollback-model': { memoryMb: 256, seconds: MINUTE },
  // Files of rows are in memory as a whole, twice while they are read; memory also buys CPU for the network.
  'plan-batch': { memoryMb: MB_PER_VCPU, seconds: 2 * MINUTE },
  'predict-part': { memoryMb: MB_PER_VCPU, seconds: 4 * MINUTE },
  'collect-batch': { memoryMb: MB_PER_VCPU, seconds: 10 * MINUTE },
  'plan-sweep': { memoryMb: 512, seconds: MINUTE },
  // Reads some documents of each run, many at a time.
  'collect-sweep': { memoryMb: 512, seconds: 5 * MINUTE },
} as const satisfies Record<string, Size>;
export type FunctionName = keyof typeof SIZES;
export const FUNCTIONS = Object.keys(SIZES) as FunctionName[];

/** @param trainMemoryMb of the functions that train */
export function memoryOf(name: FunctionName, trainMemoryMb: number): number {
  const { memoryMb }: Size = SIZES[name];
  return memoryMb === 'train' ? trainMemoryMb : memoryMb;
}
