/** Generated pictures of digits are functions of kind, seed and row. */
import { expect, it } from 'vitest';
import { digitFile, digitPicture, KINDS } from '../../../../scripts/lab/generate/digits/digit-files.ts';

it.each(KINDS)(
  'a %s picture is the same whatever was drawn before, and another one in another row or seed',
  (kind) => {
    const alone = digitFile(kind, 5, 13);
    for (let row = 11; row < 13; row++) digitPicture(kind, 5, row);
    expect(digitFile(kind, 5, 13)).toEqual(alone);
    expect(alone.digit).toBe(3);
    expect(alone.data).toHaveLength(alone.width * alone.height * alone.channels);
    for (const other of [digitPicture(kind, 5, 23), digitPicture(kind, 6, 13)]) {
      expect(other.digit).toBe(3);
      expect(other.data).not.toEqual(alone.data);
    }
  },
);
