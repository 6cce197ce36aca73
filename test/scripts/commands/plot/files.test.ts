/** A plot as PNG and SVG: what is where in the picture. */
import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { evaluationPlot } from '../../../../functions/plots/run-plots.ts';
import { pngOf, svgOf } from '../../../../scripts/commands/plot/files.ts';
import { textStrokes } from '../../../../scripts/commands/plot/stroke-font.ts';

const metrics = [
  { epoch: 0, loss: null, trainAccuracy: 0.1, testAccuracy: 0.1, trainLoss: null, testLoss: null },
  { epoch: 1, loss: 1, trainAccuracy: 0.9, testAccuracy: 0.5, trainLoss: null, testLoss: null },
];
const plot = (title: string) =>
  evaluationPlot([{ metrics, epochs: 1, colour: 0 }], { width: 400, height: 300, title });
const TRAIN = [0x24, 0x68, 0xc9];
const TEST = [0xc8, 0x56, 0x0f];
const WHITE = [255, 255, 255];

describe('pngOf', () => {
  const { width, height, data, channels } = decode(pngOf(plot('a-run')));
  const pixel = (x: number, y: number) => {
    const at = (Math.round(2 * y) * width + Math.round(2 * x)) * channels;
    return [...data.subarray(at, at + 3)];
  };
  const ink = (left: number, top: number, right: number, bottom: number) => {
    let dark = 0;
    for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) if (pixel(x, y)[0]! < 128) dark++;
    return dark;
  };
  // The axes' corners, from the margins of functions/plots/line-plot.ts.
  const [left, right, top, bottom] = [52, 386, 34, 258];
  const yOf = (accuracy: number) => bottom - accuracy * (bottom - top);

  it('has twice the pixels of the SVG each way', () => {
    expect({ width, height, channels }).toEqual({ width: 800, height: 600, channels: 3 });
  });

  it('shows the curves where their accuracies are, and the ground between them', () => {
    expect(pixel(right, yOf(0.9))).toEqual(TRAIN);
    expect(pixel(right, yOf(0.5))).toEqual(TEST);
    const middle = (left + right) / 2;
    expect(pixel(middle, yOf(0.5))).toEqual(TRAIN);
    expect(pixel(middle, yOf(0.7))).toEqual(WHITE);
    expect(pixel(left + 3, yOf(0.95))).toEqual(WHITE);
  });

  it('dashes the test curve and not the other', () => {
    const along = (from: number, to: number, colour: number[]) => {
      const hits = Array.from({ length: 200 }, (_, i) => {
        const share = 0.1 + (0.85 * i) / 200;
        return pixel(left + share * (right - left), yOf(from + (to - from) * share));
      });
      return hits.filter((hit) => hit.join() === colour.join()).length / hits.length;
    };
    expect(along(0.1, 0.9, TRAIN)).toBeGreaterThan(0.95);
    expect(along(0.1, 0.5, TEST)).toBeGreaterThan(0.4);
    expect(along(0.1, 0.5, TEST)).toBeLessThan(0.8);
  });

  it('has words: title, axes, ticks', () => {
    expect(ink(52, 4, 100, 22)).toBeGreaterThan(50);
    expect(ink(4, 100, 20, 200)).toBeGreaterThan(50);
    expect(ink(190, 285, 250, 298)).toBeGreaterThan(50);
    expect(ink(100, 4, 380, 22)).toBe(0);
  });
});

describe('textStrokes', () => {
  it('has a glyph for each character of a run id, and no two alike but 0 and O, I and l', () => {
    const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const glyphs = [...characters, '\u2603'].map((character) => JSON.stringify(textStrokes(character, 12)));
    expect(new Set(glyphs).size).toBe(characters.length + 1 - 2);
  });

  it('stays between ascenders and descenders, and is as wide as what it draws', () => {
    const { strokes, width } = textStrokes('mnist-20261124_pqg', 12);
    const points = strokes.flat();
    expect(Math.max(...points.map(([x]) => x))).toBeCloseTo(width, 6);
    expect(Math.min(...points.map(([, y]) => y))).toBeGreaterThanOrEqual(-12);
    expect(Math.max(...points.map(([, y]) => y))).toBeLessThanOrEqual(4);
  });
});

describe('svgOf', () => {
  it('has its own ground and colours', () => {
    const svg = svgOf(plot('a-run'), 'a-run');
    expect(svg).toMatch(/^<svg [^>]*><rect width="100%" height="100%" fill="#ffffff"\/>/);
    expect(svg).toContain('aria-label="Run a-run on training and test data per epoch"');
    expect(svg).not.toMatch(/undefined|NaN/);
  });
});
