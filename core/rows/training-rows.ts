/** What a network trains on: samples with their classes or their targets. */
import type { InputRows } from './input-rows.ts';

/** A class per sample, in as few bytes as the number of classes needs. */
export type Labels = Uint8Array | Uint16Array | Uint32Array;

export interface SampleRows {
  x: InputRows;
  /** Rows of each shard that the samples were joined from, in order; the sampling "shardShuffle" asks for it. */
  shardRows?: readonly number[];
}

/** Samples with their classes, for classification. */
export interface LabelledRows extends SampleRows {
  /** [x.rows], each below the network's outputs. */
  labels: Labels;
}

/** Samples with real-valued targets, for regression. */
export interface TargetRows extends SampleRows {
  /** [x.rows, outputs] row-major, finite. */
  targets: Float32Array;
}

export type TrainingRows = LabelledRows | TargetRows;

export const hasTargets = (data: TrainingRows): data is TargetRows => 'targets' in data;

/** Sizes of a dataset, which a network and its training have to fit. */
export type DatasetShape = {
  /** Inputs per sample. */
  inputSize: number;
  /** That the inputs are, null where they are none; undefined while that is not known. */
  picture?: readonly [height: number, width: number, channels: number] | null;
  /** Samples of the training set, where that is known already. */
  trainSize?: number;
} & (
  | { classes: number; targets?: undefined }
  /** Real numbers that each sample should give. */
  | { targets: number; classes?: undefined }
);
