/** A picture as files and canvases give it. */
export interface Picture {
  width: number;
  height: number;
  /** 1: grey, 2: grey and alpha, 3: RGB, 4: RGBA, as a canvas has it. */
  channels: 1 | 2 | 3 | 4;
  /** [height, width, channels], row-major, not premultiplied. */
  data: Uint8Array | Uint8ClampedArray;
}

/** @throws RangeError when the data doesn't fit the picture's size */
export function checkPicture({ width, height, channels, data }: Picture): void {
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw new RangeError(`image: got ${width} × ${height} pixels, expected whole numbers from 1`);
  }
  if (data.length !== width * height * channels) {
    throw new RangeError(`image: got ${data.length} bytes, expected ${width} × ${height} × ${channels}`);
  }
}
