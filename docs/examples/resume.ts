/** A run that is saved, loaded and continued ends with the same bytes as one that was never interrupted. */
import { readFileSync, writeFileSync } from 'node:fs';
import {
  DEFAULT_CONFIG,
  decodeCheckpoint,
  encodeCheckpoint,
  sparseFromDense,
  Trainer,
  type TrainingConfig,
} from 'stepnet';

const config: TrainingConfig = {
  ...DEFAULT_CONFIG,
  layers: [2, 4, 2],
  weightInit: { kind: 'xavier' },
  batchSize: 2,
  optimizer: 'adam',
  learningRate: 0.01,
};
const train = {
  x: sparseFromDense([Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1)], 2),
  labels: Uint8Array.of(0, 1, 1, 0),
};

const first = new Trainer(config, train);
first.advance(400);
// The name says which run the checkpoint belongs to; it is kept and not interpreted.
writeFileSync('run.safetensors', encodeCheckpoint(first.checkpoint('xor')));

const second = new Trainer(config, train, decodeCheckpoint(readFileSync('run.safetensors')));
console.log(`goes on at step ${second.step}`);
second.advance(1000);

first.advance(1000);
const bytesOf = (run: Trainer) => Buffer.from(encodeCheckpoint(run.checkpoint('xor')));
console.log('the same bytes as without a stop:', bytesOf(second).equals(bytesOf(first)));
