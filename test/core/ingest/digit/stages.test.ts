/** What each stage of reading a picture is for: the same digit comes out of pictures that only that stage makes alike. */
import { describe, expect, it } from 'vitest';
import { normalizeDigit } from '../../../../core/ingest/normalize-digit.ts';
import type { Picture } from '../../../../core/ingest/picture.ts';
import { type Hand, write } from '../../../../scripts/lab/generate/digits/hands.ts';
import { ink } from '../../../../scripts/lab/generate/digits/pen.ts';
import { Draws } from '../../../../scripts/lab/generate/draws.ts';

const [WIDTH, HEIGHT] = [200, 160];
const HAND: Hand = { ways: new Array<number>(10).fill(0), slant: 0.1, width: 0.7, turn: 0, stray: 0 };
const DIGITS = [0, 2, 3, 5, 8];

/** From 0 to 1, [height, width]: the digit, 100 pixels high, right of the middle. */
function coverageOf(digit: number): Float32Array {
  const strokes = write(digit, HAND, new Draws(1, 99).startRow(digit));
  const placed = strokes.map((stroke) => stroke.map(([x, y]) => [120 + 100 * x, 80 + 100 * y] as const));
  return ink({ width: WIDTH, height: HEIGHT }, placed, () => 10).levels;
}

type Level = (coverage: number, x: number, y: number) => number | readonly number[];

/** @param level of a pixel by how much of it the ink covers; three make a colour, four one with transparency */
function pictureOf(digit: number, level: Level): Picture {
  const pixels = [...coverageOf(digit)].map((coverage, i) => {
    const value = level(coverage, i % WIDTH, Math.floor(i / WIDTH));
    return typeof value === 'number' ? [value] : value;
  });
  const channels = pixels[0]!.length as Picture['channels'];
  return { width: WIDTH, height: HEIGHT, channels, data: Uint8Array.from(pixels.flat()) };
}

const mixed = (from: number, to: number, share: number) => Math.round(from + (to - from) * share);
const plain: Level = (coverage) => mixed(255, 0, coverage);
/** Mean difference of two images of 784 levels, one of them a pixel further if that is nearer: centres are rounded. */
const difference = (a: Uint8Array, b: Uint8Array) =>
  Math.min(
    ...[-29, -28, -27, -1, 0, 1, 27, 28, 29].map(
      (shift) => a.reduce((sum, level, i) => sum + Math.abs(level - (b[i + shift] ?? 0)), 0) / 784,
    ),
  );

/** Two digits differ by 40 and more. */
const expectAlike = (level: Level, most = 5) => {
  const differences = DIGITS.map((digit) =>
    difference(normalizeDigit(pictureOf(digit, level)), normalizeDigit(pictureOf(digit, plain))),
  );
  expect(Math.max(...differences), differences.map((each) => each.toFixed(1)).join()).toBeLessThan(most);
};

describe('the ground', () => {
  it('may be lighter on one side than on the other', () => {
    expectAlike((coverage, x, y) => mixed(240, 40, coverage) * (1 - 0.002 * x - 0.001 * y));
  });

  it('may have a shadow with a soft edge on it', () => {
    const shadow = (x: number, y: number) => Math.min(1, Math.max(0, (x + y / 2 - 140) / 30));
    expectAlike((coverage, x, y) => mixed(235, 40, coverage) * (1 - 0.45 * shadow(x, y)), 8);
  });

  it('may be dark and unevenly lit, under light ink', () => {
    expectAlike((coverage, x, y) => mixed(60, 220, coverage) * (1 - 0.0015 * x - 0.001 * y), 8);
  });

  it('may be a sheet that lies on something else', () => {
    const isOnSheet = (x: number, y: number) => x > 25 && x < 185 && y > 14 && y < 148;
    expectAlike((coverage, x, y) => (isOnSheet(x, y) ? mixed(250, 10, coverage) : 90));
    expectAlike((coverage, x, y) => (isOnSheet(x, y) ? mixed(30, 250, coverage) : 200));
  });
});

describe('left out are', () => {
  const isSpeck = (x: number, y: number) =>
    (x < 2 && y < 2) || (x > WIDTH - 3 && y > HEIGHT - 3) || (x > 40 && x < 44 && y > 60 && y < 64);

  it('specks in corners and elsewhere, to the byte', () => {
    for (const digit of DIGITS) {
      const specked = pictureOf(digit, (coverage, x, y) => (isSpeck(x, y) ? 0 : plain(coverage, x, y)));
      expect(normalizeDigit(specked)).toEqual(normalizeDigit(pictureOf(digit, plain)));
    }
  });

  it('specks that are darker than the ink', () => {
    expectAlike((coverage, x, y) => (isSpeck(x, y) ? 0 : mixed(255, 170, coverage)));
  });

  it('strips along the edges', () => {
    expectAlike((coverage, x, y) => (x < 7 || y > HEIGHT - 6 ? 20 : mixed(250, 60, coverage)), 8);
  });

  it('rules that are as strong as the ink, level, upright and at a slight angle', () => {
    const isRule = (x: number, y: number) => (y + 40 - Math.round(x / 40)) % 45 < 2 || (x + 12) % 60 < 2;
    expectAlike((coverage, x, y) => (isRule(x, y) && coverage < 0.5 ? 120 : mixed(250, 120, coverage)), 10);
  });

  it('a faint stain that the digit stands on', () => {
    const isStain = (x: number, y: number) => x > 60 && x < 150 && y > 60 && y < 120;
    expectAlike((coverage, x, y) => mixed(isStain(x, y) ? 200 : 250, 60, coverage), 8);
  });

  it('faint rules and noise', () => {
    const draws = new Draws(7, 99);
    expectAlike((coverage, _x, y) => {
      const paper = y % 30 < 2 ? 205 : 240;
      return Math.round(mixed(paper, 60, coverage) + 4 * draws.bell());
    }, 8);
  });
});

describe('ink', () => {
  it('may have the luma of its ground', () => {
    expectAlike((coverage) => [mixed(40, 220, coverage), mixed(133, 40, coverage), 40]);
    expectAlike((coverage) => [mixed(60, 170, coverage), mixed(128, 60, coverage), mixed(90, 190, coverage)]);
  });

  it('may have edges that were mixed with the ground that is transparent now', () => {
    expectAlike((coverage) => {
      const level = mixed(255, 20, coverage);
      return [level, level, level, coverage === 0 ? 0 : 255];
    });
    expectAlike((coverage) => {
      const level = mixed(0, 240, coverage);
      return [level, level, level, coverage === 0 ? 0 : 255];
    });
  });
});
