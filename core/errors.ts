/** Errors of the core. Their `name` survives bundling and is what callers and Step Functions match on. */

/** A config field has a value that isn't allowed; the message names field, value and what is. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** A dataset's file or values are not what the dataset says they are. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError';
}

/** Stored bytes are damaged, or are not what something trusted says they are. */
export class IntegrityError extends Error {
  override readonly name = 'IntegrityError';
}

/** The loss is no longer finite: the training itself went wrong, not its data. */
export class TrainingDivergedError extends Error {
  override readonly name = 'TrainingDivergedError';
}
