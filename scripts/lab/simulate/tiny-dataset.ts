/** What stands for MNIST, so small that a whole run takes milliseconds: its files, and the catalogue's entry for it. */

import type { VerifiedIdxFile, VerifiedIdxSpec } from '../../../core/ingest/catalogue/spec.ts';
import { idxHeader } from '../../../core/ingest/idx.ts';
import { sha256 } from '../../../functions/store/sha256.ts';

export const DATASET = 'mnist';
/** Whose versions all runs become. */
export const MODEL = 'digits';
/** Pixels of an image's side; classes, which are its bright rows. */
export const SIDE = 3;
export const SIZES = { train: 30, test: 9 } as const;

/** Class c lights the pixels of row c; the others are a faint pattern. */
const pixelsOf = (row: number): number[] =>
  Array.from({ length: SIDE * SIDE }, (_, pixel) =>
    Math.floor(pixel / SIDE) === row % SIDE ? 200 + ((row * 7 + pixel) % 50) : ((row + pixel) % 4) * 9,
  );

function makeFile(split: 'train' | 'test', role: 'images' | 'labels'): Buffer {
  const rows = [...Array(SIZES[split]).keys()];
  const isImages = role === 'images';
  const data = isImages ? rows.flatMap(pixelsOf) : rows.map((row) => row % SIDE);
  return Buffer.concat([idxHeader([rows.length, ...(isImages ? [SIDE, SIDE] : [])]), Buffer.from(data)]);
}

export const MIRROR_HOST = 'mirror.example';

/** Content by name. */
export const FILES = new Map<string, Buffer>();
const files: VerifiedIdxFile[] = [];
for (const split of ['train', 'test'] as const) {
  for (const role of ['images', 'labels'] as const) {
    const name = `${split}-${role}`;
    const content = makeFile(split, role);
    FILES.set(name, content);
    files.push({ name, split, role, bytes: content.length, sha256: sha256(content) });
  }
}

export const SPEC: VerifiedIdxSpec = {
  name: DATASET,
  format: 'idx',
  manifestVersion: 1,
  inputShape: [SIDE, SIDE],
  classes: SIDE,
  files,
  mirrors: [`https://${MIRROR_HOST}/`],
};

/** What is predicted throughout a simulation. */
export const IMAGE = pixelsOf(1).map((level, pixel) => (level + pixel * 13) % 256);
