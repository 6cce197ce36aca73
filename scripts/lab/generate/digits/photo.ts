/**
 * Digits as people photograph them: on paper, ruled or not, on notes and boards, by pencil, pen, marker or chalk, under
 * uneven light, with shadows, noise, dust, and what lies around the paper.
 */
import { cosSinOfTurns } from '../../../../core/math/elementary.ts';
import type { Draws } from '../draws.ts';
import { drawHand } from './hands.ts';
import { type Coverage, ink } from './pen.ts';
import { between, byte, type Colour, type DigitPicture, sizeBetween, writeOn } from './scene.ts';

interface Surface {
  what: string;
  ground: Colour;
  tools: readonly Tool[];
  isRuled: boolean;
}
interface Tool {
  what: string;
  colour: Colour;
  /** Of the digit's height. */
  pen: readonly [number, number];
  /** How much of the ground the ink hides, from one picture to another. */
  strength: readonly [number, number];
  /** How much of the strength comes and goes along a line, and from grain to grain. */
  unevenness: number;
}

const PENCIL: Tool = {
  what: 'pencil',
  colour: [60, 60, 64],
  pen: [0.02, 0.05],
  strength: [0.4, 0.85],
  unevenness: 0.35,
};
const PENS: readonly Tool[] = [
  { what: 'black pen', colour: [25, 25, 30], pen: [0.025, 0.07], strength: [0.8, 1], unevenness: 0.1 },
  { what: 'blue pen', colour: [35, 50, 150], pen: [0.025, 0.07], strength: [0.75, 1], unevenness: 0.15 },
  { what: 'red pen', colour: [190, 40, 50], pen: [0.025, 0.07], strength: [0.8, 1], unevenness: 0.1 },
];
const MARKER: Tool = {
  what: 'marker',
  colour: [20, 20, 40],
  pen: [0.08, 0.16],
  strength: [0.85, 1],
  unevenness: 0.05,
};
const CHALK: Tool = {
  what: 'chalk',
  colour: [225, 225, 220],
  pen: [0.04, 0.09],
  strength: [0.7, 0.95],
  unevenness: 0.3,
};
const PAPER_TOOLS = [PENCIL, ...PENS, MARKER];

const SURFACES: readonly Surface[] = [
  { what: 'white paper', ground: [235, 235, 232], tools: PAPER_TOOLS, isRuled: true },
  { what: 'cream paper', ground: [238, 226, 198], tools: PAPER_TOOLS, isRuled: true },
  { what: 'grey paper', ground: [200, 200, 205], tools: [...PENS, MARKER], isRuled: true },
  { what: 'yellow note', ground: [240, 222, 110], tools: [PENS[0]!, PENS[1]!, MARKER], isRuled: false },
  { what: 'green board', ground: [45, 80, 62], tools: [CHALK], isRuled: false },
  { what: 'blackboard', ground: [52, 52, 55], tools: [CHALK], isRuled: false },
];
const RULE_COLOURS: readonly Colour[] = [
  [120, 150, 205],
  [150, 150, 155],
  [150, 185, 215],
];
const TABLES: readonly Colour[] = [
  [92, 64, 44],
  [40, 40, 44],
  [170, 150, 125],
  [215, 215, 215],
];

interface Size {
  width: number;
  height: number;
}

/** @param draws at the start of the picture's row */
export function photoPicture(digit: number, draws: Draws): DigitPicture {
  const hand = drawHand(draws);
  const surface = draws.pick(SURFACES);
  const tool = draws.pick(surface.tools);
  const size = { width: sizeBetween(draws, 120, 520), height: sizeBetween(draws, 120, 520) };
  const notes = [surface.what, tool.what];
  const { strokes, height } = writeOn(size, between(draws, 0.3, 0.7), digit, hand, draws);
  const pen = Math.max(1.5, height * between(draws, ...tool.pen));
  const swing = 1 + draws.integer(0, 3);
  const blur = between(draws, 1, 2.5);
  const pressure = (stroke: number, point: number) =>
    pen * (1 + 0.25 * tool.unevenness * cosSinOfTurns(((point * swing) / 40 + stroke / 3) % 1)[1]);
  const written = ink(size, strokes, pressure, blur);
  const strength = between(draws, ...tool.strength);
  const rules = surface.isRuled && draws.uniform() < 0.55 ? ruled(size, height, draws, notes) : undefined;
  const around = draws.uniform() < 0.35 ? surroundings(size, draws, notes) : undefined;
  const dust = dustOn(size, draws, notes);
  const light = lighting(size, draws, notes);
  const noise = between(draws, 1, 7);
  const data = new Uint8Array(size.width * size.height * 3);
  written.levels.forEach((level, i) => {
    const grain = 1 - tool.unevenness * draws.uniform();
    const inked = level * strength * grain;
    const shade = draws.bell() * noise;
    for (let c = 0; c < 3; c++) {
      let value = surface.ground[c]!;
      if (rules !== undefined) value += rules.levels[i]! * (rules.colour[c]! - value);
      value += inked * (tool.colour[c]! - value);
      value *= 1 - 0.8 * dust[i]!;
      if (around !== undefined) value += around.levels[i]! * (around.colour[c]! - value);
      data[i * 3 + c] = byte(value * light[i]! + shade + 0.3 * noise * draws.bell());
    }
  });
  return { digit, ...size, channels: 3, data, what: `${size.width} × ${size.height}, ${notes.join(', ')}` };
}

type Layer = Coverage & { colour: Colour };

/** Lines across the paper, or squares, at a slight angle; sometimes a margin's line. */
function ruled(size: Size, digitHeight: number, draws: Draws, notes: string[]): Layer {
  const { width, height } = size;
  const isSquared = draws.uniform() < 0.4;
  notes.push(isSquared ? 'squared' : 'ruled');
  const spacing = Math.max(12, digitHeight * between(draws, 0.3, 1.1));
  const lineWidth = between(draws, 1, 2.2);
  const strength = between(draws, 0.35, 0.9);
  const [cos, sin] = cosSinOfTurns((1 + 0.006 * draws.bell()) % 1);
  const offset = draws.uniform() * spacing;
  const levels = new Float32Array(width * height);
  const lineAt = (place: number) => {
    const distance = Math.abs(((((place + offset) % spacing) + spacing) % spacing) - spacing / 2);
    return Math.min(1, Math.max(0, lineWidth / 2 - distance + 0.5));
  };
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const across = lineAt(y * cos - x * sin);
      levels[i] = strength * (isSquared ? Math.max(across, lineAt(x * cos + y * sin)) : across);
    }
  }
  return { ...size, levels, colour: draws.pick(RULE_COLOURS) };
}

/** A table or a frame at one to four sides. */
function surroundings(size: Size, draws: Draws, notes: string[]): Layer {
  const { width, height } = size;
  notes.push('edges');
  const sides = Array.from({ length: 4 }, () => (draws.uniform() < 0.6 ? between(draws, 0.01, 0.07) : 0));
  const tilt = 0.02 * draws.bell();
  const levels = new Float32Array(width * height);
  const shorter = Math.min(width, height);
  const [left, right, top, bottom] = sides.map((share) =>
    share === 0 ? Number.NEGATIVE_INFINITY : share * shorter,
  );
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const inside = Math.min(
        x - left! + tilt * (y - height / 2),
        width - 1 - x - right! - tilt * (y - height / 2),
        y - top! + tilt * (x - width / 2),
        height - 1 - y - bottom! - tilt * (x - width / 2),
      );
      levels[i] = Math.min(1, Math.max(0, 0.5 - inside));
    }
  }
  return { ...size, levels, colour: draws.pick(TABLES) };
}

/** Specks of a pixel to three. */
function dustOn({ width, height }: Size, draws: Draws, notes: string[]): Float32Array {
  const levels = new Float32Array(width * height);
  const count = draws.uniform() < 0.5 ? 0 : draws.integer(1, 8);
  if (count > 0) notes.push(`${count} specks`);
  for (let n = 0; n < count; n++) {
    const side = draws.integer(1, 3);
    const x = draws.integer(0, width - side);
    const y = draws.integer(0, height - side);
    for (let row = y; row < y + side; row++) levels.fill(1, row * width + x, row * width + x + side);
  }
  return levels;
}

/** Light that falls off to one side, and the shadow of a hand or a phone with a soft edge. */
function lighting({ width, height }: Size, draws: Draws, notes: string[]): Float32Array {
  const longer = Math.max(width, height);
  const [fallX, fallY] = cosSinOfTurns(draws.uniform());
  const fall = between(draws, 0, 0.4);
  const hasShadow = draws.uniform() < 0.5;
  if (hasShadow) notes.push('shadow');
  const [edgeX, edgeY] = cosSinOfTurns(draws.uniform());
  const edge = between(draws, -0.35, 0.35);
  const softness = between(draws, 0.02, 0.2);
  const dark = between(draws, 0.2, 0.5);
  const light = new Float32Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const [u, v] = [(x - width / 2) / longer, (y - height / 2) / longer];
      let level = 1 - fall * (0.5 + u * fallX + v * fallY);
      if (hasShadow) {
        const inside = (u * edgeX + v * edgeY - edge) / softness + 0.5;
        level *= 1 - dark * Math.min(1, Math.max(0, inside));
      }
      light[i] = level;
    }
  }
  return light;
}
