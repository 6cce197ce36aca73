/** Advances a run from one step to another; training to N equals training to k, saving, loading, training to N. */

import { Augmenter } from '../augmentation/augmenter.ts';
import { picturesToAugment } from '../augmentation/settings.ts';
import { float32Of } from '../bytes/safetensors.ts';
import { IntegrityError, TrainingDivergedError } from '../errors.ts';
import { backendNamed } from '../kernels/default-backend.ts';
import { type Backend, OPTIMIZERS, type UpdateRule } from '../kernels/engine.ts';
import { Network } from '../model/network.ts';
import { type Architecture, checkWord } from '../network/architecture.ts';
import { initialLayers } from '../network/weights.ts';
import type { TrainingRows } from '../rows/training-rows.ts';
import type { Checkpoint } from './checkpoint.ts';
import { SAMPLINGS, SCHEDULES, type TrainingConfig } from './config.ts';
import { decodeState, encodeState, updateRuleAt } from './optimizer.ts';
import { placeInRun, type WorkerPart } from './rounds.ts';
import { type RowSource, RowsInMemory, type StepRows } from './row-source.ts';

export class Trainer {
  readonly network: Network;
  readonly #config: TrainingConfig;
  readonly #train: RowSource;
  readonly #augmenter: Augmenter | undefined;
  readonly #part: WorkerPart | undefined;
  #step = 0;
  #loss: number | null = null;

  /**
   * A run at step 0, or where `from` left it.
   *
   * @param train all rows in memory
   * @throws ConfigError for a word of the config that nobody knows, and for augmentation that can't be
   * @throws IntegrityError when the checkpoint is of another architecture, optimizer or step
   * @throws RangeError for "shardShuffle" of rows that don't say what their shards are
   */
  constructor(config: TrainingConfig, train: TrainingRows, from?: Checkpoint, backend?: Backend);
  /**
   * For the app, and not in the library's types.
   *
   * @internal
   * @param train all rows in memory, or where each step's come from
   * @param part trains a worker's part of the round that begins where `from` left it, and no other steps
   */
  constructor(
    config: TrainingConfig,
    train: TrainingRows | RowSource,
    from?: Checkpoint,
    backend?: Backend,
    part?: WorkerPart,
  );
  constructor(
    config: TrainingConfig,
    train: TrainingRows | RowSource,
    from?: Checkpoint,
    backend: Backend = backendNamed(config.backend),
    part?: WorkerPart,
  ) {
    checkWord('optimizer', config.optimizer, OPTIMIZERS);
    checkWord('sampling', config.sampling, SAMPLINGS);
    checkWord('learningRateSchedule.kind', config.learningRateSchedule.kind, SCHEDULES);
    const { layers: sizes, activation, output, loss, augmentation, seed } = config;
    this.#augmenter =
      augmentation && new Augmenter(augmentation, picturesToAugment(augmentation, sizes), seed);
    const architecture: Architecture = { layers: sizes, activation, output, loss };
    if (from !== undefined && JSON.stringify(from.architecture) !== JSON.stringify(architecture)) {
      throw new IntegrityError(
        `checkpoint of ${JSON.stringify(from.architecture)}, the run is ${JSON.stringify(architecture)}`,
      );
    }
    const layers = from?.layers ?? initialLayers(sizes, config.weightInit, seed);
    this.network = new Network(architecture, layers, backend);
    this.#config = config;
    this.#part = part;
    if ('rowsFor' in train) {
      this.#train = train;
    } else {
      this.#train = new RowsInMemory(config, train);
      backend.place(train.x);
    }
    if (from !== undefined) {
      this.network.engine.restoreState(decodeState(config.optimizer, sizes, from.optimizerState));
      this.#step = from.step;
      this.#loss = from.loss;
    }
    if (part !== undefined) {
      if (part.round.start !== this.#step) {
        throw new IntegrityError(`checkpoint of step ${this.#step}, the round begins at ${part.round.start}`);
      }
      this.#step = part.first;
    }
  }

  /** The next step: as many are trained, by this worker or others. */
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
   * @throws RangeError for steps beyond the worker's part
   */
  advance(untilStep: number, shouldStop: () => boolean = () => false): void {
    if (this.#part !== undefined && untilStep > this.#part.end) {
      throw new RangeError(`untilStep: got ${untilStep}, expected at most ${this.#part.end}, the part's end`);
    }
    let isLast = this.#step >= untilStep;
    while (!isLast) {
      // Asked ahead, because only the last step's loss is computed.
      isLast = this.#step + 1 >= untilStep || shouldStop();
      const { data, batch } = this.#rows();
      const loss = this.network.engine.step(data, batch, this.#rule(), isLast);
      if (!Number.isFinite(loss)) {
        throw new TrainingDivergedError(
          `an output is not finite any more at step ${this.#step}: try a lower learningRate`,
        );
      }
      this.#step++;
      if (isLast) this.#loss = loss;
    }
  }

  #rows(): StepRows {
    const rows = this.#train.rowsFor(this.#step);
    return this.#augmenter?.augment(rows.data, rows.batch, this.#step) ?? rows;
  }

  #rule(): UpdateRule {
    const { size } = this.#train;
    const noise = { seed: this.#config.seed, step: this.#step };
    if (this.#part === undefined) return { ...updateRuleAt(this.#config, this.#step, size), noise };
    const { rateStep, ...place } = placeInRun(this.#part, this.#step);
    return { ...updateRuleAt(this.#config, rateStep, size, place), noise };
  }

  /**
   * A copy of the run's state; of a worker's part the state at the round's end, to be averaged with the others'.
   *
   * @throws RangeError when the worker's part is not complete
   * @throws TrainingDivergedError when part of it is not finite: nothing could go on from there
   */
  checkpoint(configHash: string): Checkpoint {
    const { optimizer } = this.#config;
    const part = this.#part;
    if (part !== undefined && this.#step < part.end) {
      throw new RangeError(`checkpoint: got a part trained to step ${this.#step}, expected ${part.end}`);
    }
    const step = part?.round.end ?? this.#step;
    const layers = this.network.layers;
    const optimizerState = encodeState(
      optimizer,
      this.network.architecture.layers,
      this.network.engine.state(optimizer),
    );
    layers.forEach(({ weights, bias }, index) => {
      this.#checkFinite(`W${index + 1}`, weights);
      this.#checkFinite(`b${index + 1}`, bias);
    });
    for (const [name, tensor] of optimizerState) this.#checkFinite(name, float32Of(name, tensor));
    const { architecture } = this.network;
    return { step, configHash, loss: this.#loss, architecture, layers, optimizerState };
  }

  #checkFinite(name: string, values: Float32Array): void {
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong < 0) return;
    throw new TrainingDivergedError(
      `${name}[${wrong}] is ${values[wrong]} after step ${this.#step}: try a lower learningRate`,
    );
  }
}
