/**
 * A convolution as one matrix product: each place of the window becomes a row of all values that it sees. Chapter 7 of
 * the book; shapes are its own.
 */
import { FeatureMaps, type MapShape } from './feature-maps.ts';
import { Matrix } from './matrix.ts';

/** What moves over a picture: a filter's or a pool's size and steps. */
export interface Window {
  height: number;
  width: number;
  /** Pixels from one place to the next, in both directions; 1 by default. */
  stride?: number;
  /** Pixels of 0 around the picture; 0 by default. */
  pad?: number;
}

/**
 * Places of a window along one side: (size + 2·pad - window) / stride + 1, rounded down.
 *
 * @throws RangeError when there is none
 */
export function placesAlong(size: number, window: number, stride = 1, pad = 0): number {
  const places = Math.floor((size + 2 * pad - window) / stride) + 1;
  if (!(places >= 1)) {
    throw new RangeError(`window: got ${window} of a side of ${size} with pad ${pad}, expected it to fit`);
  }
  return places;
}

/** Rows and columns of places. @throws RangeError when the window doesn't fit */
export const placesIn = (
  [, height, width]: MapShape,
  { height: windowHeight, width: windowWidth, stride, pad }: Window,
): [rows: number, columns: number] => [
  placesAlong(height, windowHeight, stride, pad),
  placesAlong(width, windowWidth, stride, pad),
];

/**
 * Every place of the window as a row.
 *
 * @returns [count · rows · columns, channels · window height · window width], the places of a sample row by row
 */
export function im2col(x: FeatureMaps, window: Window): Matrix {
  const [channels] = x.shape;
  const [rows, columns] = placesIn(x.shape, window);
  const col = new Matrix(x.count * rows * columns, channels * window.height * window.width);
  forEachSeen(x.count, x.shape, window, (at, seen) => {
    col.data[at] = x.data[seen]!;
  });
  return col;
}

/**
 * The sums of what each value has become in `im2col`: its derivative.
 *
 * @param col as `im2col` gives it
 * @param shape of the maps that it was made of
 */
export function col2im(col: Matrix, count: number, shape: MapShape, window: Window): FeatureMaps {
  const x = new FeatureMaps(count, shape);
  forEachSeen(count, shape, window, (at, seen) => {
    x.data[seen]! += col.data[at]!;
  });
  return x;
}

/** Calls with where each value of a row stands, and which value of the maps it is; those of the padding are none. */
function forEachSeen(
  count: number,
  shape: MapShape,
  window: Window,
  see: (at: number, seen: number) => void,
): void {
  const [channels, height, width] = shape;
  const { stride = 1, pad = 0 } = window;
  const [rows, columns] = placesIn(shape, window);
  let at = 0;
  for (let n = 0; n < count; n++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (let c = 0; c < channels; c++) {
          for (let i = 0; i < window.height; i++) {
            for (let j = 0; j < window.width; j++, at++) {
              const y = row * stride + i - pad;
              const x = column * stride + j - pad;
              if (y < 0 || y >= height || x < 0 || x >= width) continue;
              see(at, ((n * channels + c) * height + y) * width + x);
            }
          }
        }
      }
    }
  }
}

/**
 * From a row for each place to maps: [count · rows · columns, channels] → [count, channels, rows, columns].
 *
 * @param shape of the maps
 */
export function placesToMaps(places: Matrix, count: number, shape: MapShape): FeatureMaps {
  const maps = new FeatureMaps(count, shape);
  forEachPlace(count, shape, (place, map) => {
    maps.data[map] = places.data[place]!;
  });
  return maps;
}

/** The other way round. */
export function mapsToPlaces(maps: FeatureMaps): Matrix {
  const [channels, rows, columns] = maps.shape;
  const places = new Matrix(maps.count * rows * columns, channels);
  forEachPlace(maps.count, maps.shape, (place, map) => {
    places.data[place] = maps.data[map]!;
  });
  return places;
}

function forEachPlace(
  count: number,
  [channels, rows, columns]: MapShape,
  move: (place: number, map: number) => void,
): void {
  const places = rows * columns;
  for (let n = 0; n < count; n++) {
    for (let place = 0; place < places; place++) {
      for (let c = 0; c < channels; c++) {
        move((n * places + place) * channels + c, (n * channels + c) * places + place);
      }
    }
  }
}
