import { expect, it } from 'vitest';
import { decodeNpz } from '../../../core/exchange/npy.ts';
import { fixture, fixtures, offsetOf, patched, WEIGHTS } from './fixtures.ts';

const LIMIT = 1 << 20;

it.each(fixtures(/^numpy\d.*\.npz$/))('reads %s as NumPy wrote it', async (name) => {
  const arrays = await decodeNpz(fixture(name), LIMIT);
  expect(arrays).toEqual(WEIGHTS);
  expect([...arrays.keys()]).toEqual([...WEIGHTS.keys()]);
});

it('refuses Python objects without reading them', async () => {
  await expect(decodeNpz(fixture('objects.npz'), LIMIT)).rejects.toThrow(/"W1": dtype "\|O"/);
});

it('refuses a file that is no array', async () => {
  const bytes = fixture('numpy1-stored.npz');
  const first = offsetOf(bytes, 'W1.npy');
  const second = offsetOf(bytes, 'W1.npy', 1);
  const text = Buffer.from('W1.txt');
  await expect(decodeNpz(patched(patched(bytes, first, text), second, text), LIMIT)).rejects.toThrow(
    /"W1\.txt" is no \.npy file/,
  );
});

it('passes its limit on', async () => {
  await expect(decodeNpz(fixture('numpy1-deflated.npz'), 100)).rejects.toThrow(/at most 100 are read/);
});
