/** Advances a run from one step to another; training to N equals training to k, saving, loading, training to N. */
import { IntegrityError, TrainingDivergedError } from '../errors.ts';
import { float32Of } from '../formats/safetensors.ts';
import { backendNamed } from '../kernels/default-backend.ts';
import type { Backend } from '../kernels/engine.ts';
import type { Architecture, LabelledRows } from '../network/architecture.ts';
import { Network } from '../network/network.ts';
import { initialLayers } from '../network/weights.ts';
import { BatchSampler } from './batch-sampler.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { TrainingConfig } from './config.ts';
import { decodeState, encodeState, updateRuleAt } from './optimizer.ts';

export class Trainer {
  readonly network: Network;
  readonly #config: TrainingConfig;
  readonly #train: LabelledRows;
  readonly #sampler: BatchSampler;
  readonly #batch: Uint32Array;
  #step = 0;
  #loss: number | null = null;

  /**
   * A run at step 0, or where `from` left it.
   *
   * @throws IntegrityError when the checkpoint is of another architecture or optimizer
   */
  constructor(
    config: TrainingConfig,
    train: LabelledRows,
    from?: Checkpoint,
    backend: Backend = backendNamed(config.backend),
  ) {
    const { layers: sizes, activation, output, loss } = config;
    const architecture: Architecture = { layers: sizes, activation, output, loss };
    if (from !== undefined && JSON.stringify(from.architecture) !== JSON.stringify(architecture)) {
      throw new IntegrityError(
        `checkpoint of ${JSON.stringify(from.architecture)}, the run is ${JSON.stringify(architecture)}`,
      );
    }
    const layers = from?.layers ?? initialLayers(sizes, config.weightInit, config.seed);
    this.network = new Network(architecture, layers, backend);
    this.#config = config;
    this.#train = train;
    this.#sampler = new BatchSampler(config.sampling, train.x.rows, config.seed);
    this.#batch = new Uint32Array(config.batchSize);
    backend.place(train.x);
    if (from !== undefined) {
      this.network.engine.restoreState(decodeState(config.optimizer, sizes, from.optimizerState));
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
   * Trains until `untilStep`, or until `shouldStop` answers true; it is asked before each step but the first.
   *
   * @throws TrainingDivergedError when an output is no longer finite, naming the step
   */
  advance(untilStep: number, shouldStop: () => boolean = () => false): void {
    let isLast = this.#step >= untilStep;
    while (!isLast) {
      // Asked ahead, because only the last step's loss is computed.
      isLast = this.#step + 1 >= untilStep || shouldStop();
      this.#sampler.fill(this.#batch, this.#step);
      const rule = updateRuleAt(this.#config, this.#step, this.#train.x.rows);
      const loss = this.network.engine.step(this.#train, this.#batch, rule, isLast);
      if (!Number.isFinite(loss)) {
        throw new TrainingDivergedError(
          `an output is not finite any more at step ${this.#step}: try a lower learningRate`,
        );
      }
      this.#step++;
      if (isLast) this.#loss = loss;
    }
  }

  /**
   * A copy of the run's state.
   *
   * @throws TrainingDivergedError when part of it is not finite: nothing could go on from there
   */
  checkpoint(configHash: string): Checkpoint {
    const { optimizer } = this.#config;
    const layers = this.network.layers;
    const optimizerState = encodeState(optimizer, this.network.engine.state(optimizer));
    layers.forEach(({ weights, bias }, index) => {
      this.#checkFinite(`W${index + 1}`, weights);
      this.#checkFinite(`b${index + 1}`, bias);
    });
    for (const [name, tensor] of optimizerState) this.#checkFinite(name, float32Of(name, tensor));
    const { architecture } = this.network;
    return { step: this.#step, configHash, loss: this.#loss, architecture, layers, optimizerState };
  }

  #checkFinite(name: string, values: Float32Array): void {
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong < 0) return;
    throw new TrainingDivergedError(
      `${name}[${wrong}] is ${values[wrong]} after step ${this.#step}: try a lower learningRate`,
    );
  }
}
