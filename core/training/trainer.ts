/** Advances a run from one step to another; training to N equals training to k, saving, loading, training to N. */
import { IntegrityError, TrainingDivergedError } from '../errors.ts';
import type { Backend } from '../kernels/backend.ts';
import { referenceBackend } from '../kernels/reference.ts';
import { type Architecture, type LabelledRows, Network } from '../network/network.ts';
import { type DenseLayer, initialLayers } from '../network/weights.ts';
import { BatchSampler } from './batch-sampler.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { TrainingConfig } from './config.ts';
import { createOptimizer, type Optimizer } from './optimizer.ts';

export class Trainer {
  readonly network: Network;
  readonly #train: LabelledRows;
  readonly #sampler: BatchSampler;
  readonly #optimizer: Optimizer;
  readonly #batch: Uint32Array;
  readonly #gradients: DenseLayer[];
  #step = 0;
  #loss: number | null = null;

  /**
   * A run at step 0, or where `from` left it.
   *
   * @throws IntegrityError when the checkpoint is of another architecture
   */
  constructor(
    config: TrainingConfig,
    train: LabelledRows,
    from?: Checkpoint,
    backend: Backend = referenceBackend,
  ) {
    const architecture: Architecture = {
      layers: config.layers,
      activation: config.activation,
      output: config.output,
      loss: config.loss,
    };
    if (from !== undefined && JSON.stringify(from.architecture) !== JSON.stringify(architecture)) {
      throw new IntegrityError(
        `checkpoint of ${JSON.stringify(from.architecture)}, the run is ${JSON.stringify(architecture)}`,
      );
    }
    const layers = from?.layers ?? initialLayers(config.layers, config.weightInit, config.seed);
    this.network = new Network(architecture, layers, backend);
    this.#train = train;
    this.#sampler = new BatchSampler(config.sampling, train.x.rows, config.seed);
    this.#optimizer = createOptimizer(config, backend);
    this.#batch = new Uint32Array(config.batchSize);
    this.#gradients = layers.map((layer) => ({
      weights: new Float32Array(layer.weights.length),
      bias: new Float32Array(layer.bias.length),
    }));
    if (from !== undefined) {
      this.#optimizer.restore(from.optimizerState);
      this.#step = from.step;
      this.#loss = from.loss;
    }
  }

  /** Steps trained so far. */
  get step(): number {
    return this.#step;
  }

  /** Mean loss of the last step's batch, before its update; null before the first step. */
  get loss(): number | null {
    return this.#loss;
  }

  /**
   * Trains until `untilStep`, or until `shouldStop` answers true; it is asked after each step.
   *
   * @throws TrainingDivergedError when the loss is no longer finite, naming the step
   */
  advance(untilStep: number, shouldStop: () => boolean = () => false): void {
    while (this.#step < untilStep) {
      this.#sampler.fill(this.#batch, this.#step);
      const loss = this.network.gradient(this.#train, this.#batch, this.#gradients);
      if (!Number.isFinite(loss)) {
        throw new TrainingDivergedError(`loss is ${loss} at step ${this.#step}: try a lower learningRate`);
      }
      this.#optimizer.update(this.network.layers, this.#gradients);
      this.#loss = loss;
      this.#step++;
      if (shouldStop()) return;
    }
  }

  /** The run's state; its arrays are the trainer's own, so encode it before training on. */
  checkpoint(configHash: string): Checkpoint {
    return {
      step: this.#step,
      configHash,
      loss: this.#loss,
      architecture: this.network.architecture,
      layers: [...this.network.layers],
      optimizerState: this.#optimizer.state(),
    };
  }
}
