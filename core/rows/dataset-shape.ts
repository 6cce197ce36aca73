/** Sizes of a dataset, which a network and its training have to fit. */
export type DatasetShape = {
  /** Inputs per sample. */
  inputSize: number;
  /** Samples of the training set, where that is known already. */
  trainSize?: number;
} & (
  | { classes: number; targets?: undefined }
  /** Real numbers that each sample should give. */
  | { targets: number; classes?: undefined }
);
