/**
 * What a competitor's process is told and what it answers. It is started as `<program> <folder> <options as JSON>`:
 * the folder holds task.json and the files named there. Its last line of output is a PeerResult as JSON.
 */
import type { LayerPlan } from '../../../core/network/plan.ts';
import type { Job } from './jobs.ts';

export const TASK_FILE = 'task.json';

/** Of its config ours draws the same weights and batches; the others see a softmax with cross-entropy after the last layer. */
export interface Task extends Pick<Job, 'kind' | 'warmup' | 'calls' | 'config' | 'scored'> {
  /** What the config's layers take and give. */
  plan: LayerPlan[];
  /** Folder of MNIST's raw IDX files. */
  mnist: string;
  /** float32: W1, b1, W2, b2, … one after the other, W in the plan's `tensor`: [in, out], or [height, width, in, out]. */
  weights: string;
  /** uint32 [steps, batchSize]: the samples of each step; none for inference. */
  batches: string;
  /** The same network for who reads ONNX; none for training. */
  onnx: string;
}

export interface PeerOptions {
  steps: number;
  threads: number;
  /** One of a competitor's ways to do it. */
  variant: string;
  /** Of ours, instead of the config's. */
  seed?: number;
}

/** Mean cross-entropy and accuracy on the first test images: whether the work that was timed was the same. */
export interface Score {
  loss: number;
  accuracy: number;
}

export interface PeerResult extends Score {
  /** Seconds, by metric. */
  timings: Record<string, number>;
  /** What ran, e.g. {"numpy": "2.4.6"}. */
  versions: Record<string, string>;
}

/** Microseconds of one training step, and of its parts; what is left of the total is spent between them. */
export interface StepProfile {
  total: number;
  /** Outputs, and in training the deltas of all layers. */
  forward: number;
  /** Gradients and the update of the parameters. */
  update: number;
  /** Drawing the batch. */
  sampling: number;
}
