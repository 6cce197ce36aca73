/** What a network is made of: its architecture, its layers, and the samples it takes. */
import type { InputRows } from '../rows/input-rows.ts';
import type { ActivationName, LossName, OutputName } from '../training/config.ts';

/** What a network computes, apart from its weights. */
export interface Architecture {
  /** Units per layer, input first. */
  layers: readonly number[];
  activation: ActivationName;
  output: OutputName;
  loss: LossName;
}

/** One dense layer: x·W + b. */
export interface DenseLayer {
  /** W, [inputs, outputs] row-major. */
  weights: Float32Array;
  /** b, [outputs]. */
  bias: Float32Array;
}

/** A class per sample, in as few bytes as the number of classes needs. */
export type Labels = Uint8Array | Uint16Array | Uint32Array;

interface SampleRows {
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

/** What a network trains on. */
export type TrainingRows = LabelledRows | TargetRows;

export const hasTargets = (data: TrainingRows): data is TargetRows => 'targets' in data;

/**
 * Whether a layer leaves out the terms whose input is zero: the first, whose inputs are the data's (81 % of MNIST's
 * pixels are zero), and those after units that are often exactly zero. It saves the work and, being the same on all
 * backends, costs no bit.
 */
export function skipsZeros({ activation }: Pick<Architecture, 'activation'>, layer: number): boolean {
  return layer === 0 || activation === 'relu' || activation === 'step';
}
