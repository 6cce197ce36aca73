/** Why an image file is refused. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
  /** The image is too large, and not damaged. */
  readonly isTooLarge: boolean;

  constructor(message: string, isTooLarge = false) {
    super(message);
    this.isTooLarge = isTooLarge;
  }
}

/** @throws ImageError when it is empty or has more pixels than allowed */
export function checkSize(width: number, height: number, maxPixels: number): void {
  if (width === 0 || height === 0)
    throw new ImageError(`got ${width} × ${height} pixels, expected 1 at least`);
  if (width * height > maxPixels) {
    throw new ImageError(`got ${width} × ${height} pixels, expected at most ${maxPixels}`, true);
  }
}

/** What a decoder says of a file; where it only stumbles over what it did not expect, that it is damaged. */
export function saidBy(error: unknown): string {
  const isOfEngine =
    error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
  return isOfEngine ? 'its data is damaged' : (error as Error).message;
}
