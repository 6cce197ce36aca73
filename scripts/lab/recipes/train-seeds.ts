/** What a recipe reaches: it is trained with one seed after the other, by the core alone. */
import type { MnistRows } from '../../../core/ingest/load-mnist.ts';
import type { WasmBackend } from '../../../core/kernels/wasm-backend.ts';
import type { TrainingConfig } from '../../../core/training/config.ts';
import { totalSteps } from '../../../core/training/config.ts';
import { Trainer } from '../../../core/training/trainer.ts';

export interface SeedResult {
  seed: number;
  /** Of the last step's weights on the test set. */
  accuracy: number;
  /** On the clock, of the steps alone. */
  seconds: number;
}

/** @param onSeed told of each result as it comes */
export function trainSeeds(
  config: TrainingConfig,
  { train, test }: MnistRows,
  seeds: number,
  backend: WasmBackend,
  onSeed: (result: SeedResult) => void,
): SeedResult[] {
  return Array.from({ length: seeds }, (_, seed) => {
    const trainer = new Trainer({ ...config, seed }, train, undefined, backend);
    const begin = performance.now();
    trainer.advance(totalSteps(config, train.x.rows));
    const seconds = (performance.now() - begin) / 1000;
    const result = { seed, accuracy: trainer.network.accuracy(test), seconds };
    onSeed(result);
    return result;
  });
}
