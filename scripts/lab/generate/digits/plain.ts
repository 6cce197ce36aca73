/** Digits as drawing programs and scanners give them: one ink on an even ground, thin pens and thick, in any colours. */
import type { Draws } from '../draws.ts';
import { drawHand } from './hands.ts';
import { ink } from './pen.ts';
import { between, byte, type Colour, type DigitPicture, sizeBetween, writeOn } from './scene.ts';

/** Ink and ground. Red and green are of about equal luma, and so are the last two. */
const COLOURS: readonly (readonly [what: string, ink: Colour, ground: Colour])[] = [
  ['black on white', [0, 0, 0], [255, 255, 255]],
  ['white on black', [255, 255, 255], [0, 0, 0]],
  ['black on white', [20, 20, 24], [250, 250, 250]],
  ['blue on white', [30, 60, 200], [255, 255, 255]],
  ['grey on grey', [150, 150, 150], [205, 205, 205]],
  ['yellow on blue', [250, 230, 60], [20, 40, 120]],
  ['red on green', [220, 40, 40], [40, 133, 40]],
  ['violet on green', [170, 60, 190], [60, 128, 90]],
];

/** @param draws at the start of the picture's row */
export function plainPicture(digit: number, draws: Draws): DigitPicture {
  const hand = drawHand(draws);
  const size = { width: sizeBetween(draws, 48, 480), height: sizeBetween(draws, 48, 480) };
  const { strokes, height } = writeOn(size, between(draws, 0.3, 0.82), digit, hand, draws);
  const pen = Math.max(1.2, height * between(draws, 0.015, 0.15));
  const isSharp = draws.uniform() < 0.25;
  const coverage = ink(size, strokes, () => pen, isSharp ? 0.01 : 1);
  const [colours, inkColour, ground] = draws.pick(COLOURS);
  const isTransparent = draws.uniform() < 0.2;
  const specks = draws.uniform() < 0.3 ? draws.integer(1, 3) : 0;
  if (specks > 0) addSpecks(coverage.levels, size, specks, draws);
  const channels = isTransparent ? 4 : 3;
  const data = new Uint8Array(size.width * size.height * channels);
  coverage.levels.forEach((level, i) => {
    for (let c = 0; c < 3; c++) {
      const mixed = ground[c]! + level * (inkColour[c]! - ground[c]!);
      data[i * channels + c] = isTransparent ? inkColour[c]! : byte(mixed);
    }
    if (isTransparent) data[i * 4 + 3] = byte(255 * level);
  });
  const ground_ = isTransparent ? `${colours.split(' ')[0]} on nothing` : colours;
  const what = `${size.width} × ${size.height}, ${ground_}, pen ${((100 * pen) / height).toFixed(1)} %, ${specks} specks`;
  return { digit, ...size, channels, data, what };
}

/** Squares of 2 × 2, in corners or anywhere. */
function addSpecks(
  levels: Float32Array,
  { width, height }: { width: number; height: number },
  count: number,
  draws: Draws,
): void {
  for (let n = 0; n < count; n++) {
    const inCorner = draws.uniform() < 0.5;
    const x = inCorner ? draws.pick([0, width - 2]) : draws.integer(0, width - 2);
    const y = inCorner ? draws.pick([0, height - 2]) : draws.integer(0, height - 2);
    for (const at of [y * width + x, (y + 1) * width + x]) levels.fill(1, at, at + 2);
  }
}
