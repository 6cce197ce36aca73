/**
 * Pictures of classes that can be told apart, most of the time: each class has waves of its own in every plane, which a
 * picture shows shifted, fainter or stronger, mixed with those of another class, and under noise.
 */
import { cosSinOfTurns } from '../../../core/math/elementary.ts';
import { Draws, STREAM } from './draws.ts';

export interface PictureShape {
  planes: number;
  side: number;
}

/** Waves per class and plane. */
const WAVES = 3;
const NOISE = 24;
/** Pixels that a picture may be shifted by, each way. */
const SHIFT = 2;
/** Templates are drawn behind all rows that there can be. */
const TEMPLATE_ROW = 0xffff_0000;

export class Pictures {
  readonly classes: number;
  readonly bytes: number;
  readonly #shape: PictureShape;
  readonly #draws: Draws;
  readonly #labels: Draws;
  /** By class: brightness from -1 to 1 of a picture SHIFT pixels larger each way, [planes, height, width]. */
  readonly #templates: Float64Array[];

  constructor(shape: PictureShape, classes: number, seed: number) {
    this.#shape = shape;
    this.classes = classes;
    this.bytes = shape.planes * shape.side ** 2;
    this.#draws = new Draws(seed, STREAM.pictures);
    this.#labels = new Draws(seed, STREAM.pictureLabels);
    this.#templates = Array.from({ length: classes }, (_, label) => this.#template(label));
  }

  /** Class of picture `row` of the dataset. */
  labelOf(row: number): number {
    return this.#labels.startRow(row).integer(0, this.classes - 1);
  }

  /** @param target [planes, height, width], written */
  draw(row: number, target: Uint8Array): void {
    const { planes, side } = this.#shape;
    const wide = side + 2 * SHIFT;
    const template = this.#templates[this.labelOf(row)]!;
    const draws = this.#draws.startRow(row);
    const other = this.#templates[draws.integer(0, this.classes - 1)]!;
    const mixed = draws.uniform();
    const strength = 60 + 50 * draws.uniform();
    const middle = 110 + 36 * draws.uniform();
    const down = draws.integer(0, 2 * SHIFT);
    const right = draws.integer(0, 2 * SHIFT);
    let at = 0;
    for (let plane = 0; plane < planes; plane++) {
      for (let y = 0; y < side; y++) {
        let from = (plane * wide + y + down) * wide + right;
        for (let x = 0; x < side; x += 4) {
          // A word is noise for four pixels.
          const word = draws.word();
          for (let byte = 0; byte < 4 && x + byte < side; byte++) {
            const noise = (((word >>> (8 * byte)) & 0xff) / 128 - 1) * NOISE;
            const wave = template[from]! + mixed * other[from]!;
            from++;
            const value = Math.round(middle + strength * wave + noise);
            target[at++] = Math.min(255, Math.max(0, value));
          }
        }
      }
    }
  }

  #template(label: number): Float64Array {
    const { planes, side } = this.#shape;
    const wide = side + 2 * SHIFT;
    const draws = this.#draws.startRow(TEMPLATE_ROW + label);
    const template = new Float64Array(planes * wide ** 2);
    for (let plane = 0; plane < planes; plane++) {
      for (let wave = 0; wave < WAVES; wave++) {
        const [across, along, phase] = [draws.integer(0, 3), draws.integer(0, 3), draws.uniform()];
        for (let y = 0; y < wide; y++) {
          for (let x = 0; x < wide; x++) {
            const turns = (across * x + along * y) / wide + phase;
            template[(plane * wide + y) * wide + x]! += cosSinOfTurns(turns - Math.floor(turns))[0] / WAVES;
          }
        }
      }
    }
    return template;
  }
}
