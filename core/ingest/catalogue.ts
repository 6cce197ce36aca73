/** Questions about a dataset of the catalogue of which everything is known beforehand. */
import { ConfigError } from '../errors.ts';
import type { VerifiedIdxFile, VerifiedIdxSpec } from './catalogue/spec.ts';

/** The file of a split and role. @throws ConfigError when the dataset has none */
export function fileOf(
  spec: VerifiedIdxSpec,
  split: VerifiedIdxFile['split'],
  role: VerifiedIdxFile['role'],
): VerifiedIdxFile {
  const file = spec.files.find((candidate) => candidate.split === split && candidate.role === role);
  if (file === undefined) throw new ConfigError(`dataset ${spec.name} has no ${split} ${role}`);
  return file;
}
