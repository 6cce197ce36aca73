/** The layer `Pooling` of chapter 7: the largest value that each place of a window sees, of each channel alone. */
import { FeatureMaps, type MapShape } from './feature-maps.ts';
import { placesIn, type Window } from './im2col.ts';

export class Pooling {
  readonly window: Window;

  /** @param window without padding: a picture's own values are pooled */
  constructor(window: Omit<Window, 'pad'>) {
    this.window = window;
  }

  /** Of one sample. @throws RangeError when the window doesn't fit */
  outputShape(shape: MapShape): MapShape {
    return [shape[0], ...placesIn(shape, this.window)];
  }

  /** @param x [count, channels, height, width] @returns [count, channels, rows, columns] */
  forward(x: FeatureMaps): FeatureMaps {
    const y = new FeatureMaps(x.count, this.outputShape(x.shape));
    this.#largest(x).forEach((at, place) => {
      y.data[place] = x.data[at]!;
    });
    return y;
  }

  /** ∂L/∂x: the largest value of each place gets all of its derivative, of equal ones the first. */
  backward(x: FeatureMaps, dy: FeatureMaps): FeatureMaps {
    const dx = new FeatureMaps(x.count, x.shape);
    this.#largest(x).forEach((at, place) => {
      dx.data[at]! += dy.data[place]!;
    });
    return dx;
  }

  /** Where the largest value of each place stands, the places in the order of y. */
  #largest(x: FeatureMaps): number[] {
    const [channels, height, width] = x.shape;
    const [rows, columns] = placesIn(x.shape, this.window);
    const { stride = 1 } = this.window;
    const found: number[] = [];
    for (let map = 0; map < x.count * channels; map++) {
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          const first = (map * height + row * stride) * width + column * stride;
          let largest = first;
          for (let i = 0; i < this.window.height; i++) {
            for (let j = 0; j < this.window.width; j++) {
              const at = first + i * width + j;
              if (x.data[at]! > x.data[largest]!) largest = at;
            }
          }
          found.push(largest);
        }
      }
    }
    return found;
  }
}
