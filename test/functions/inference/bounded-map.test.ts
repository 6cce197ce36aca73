import { describe, expect, it } from 'vitest';
import { BoundedMap } from '../../../functions/inference/bounded-map.ts';

describe('BoundedMap', () => {
  it('forgets what was least recently read or written', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.get('a');
    map.set('c', 3);
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([1, undefined, 3]);
    map.set('a', 4);
    map.set('d', 5);
    expect([map.get('a'), map.get('c'), map.get('d')]).toEqual([4, undefined, 5]);
  });

  it('forgets what it is told to', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1);
    map.delete('a');
    map.delete('b');
    expect(map.get('a')).toBeUndefined();
  });
});
