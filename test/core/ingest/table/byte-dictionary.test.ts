import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { ByteDictionary } from '../../../../core/ingest/table/byte-dictionary.ts';
import { bytesOf } from '../chunking.ts';

it('numbers what it is given, finds it again and nothing else', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ unit: 'grapheme' }), { maxLength: 200 }),
      fc.string(),
      (texts, other) => {
        const dictionary = new ByteDictionary();
        expect(texts.map((text) => dictionary.add(bytesOf(text)))).toEqual(texts.map((_, index) => index));
        expect(texts.map((text) => dictionary.add(bytesOf(text)))).toEqual(texts.map((_, index) => index));
        expect(
          texts.map((text) => dictionary.find(bytesOf(`<${text}>`), 1, bytesOf(text).length + 1)),
        ).toEqual(texts.map((_, index) => index));
        expect(dictionary.find(bytesOf(other))).toBe(texts.indexOf(other));
        expect(dictionary.size).toBe(texts.length);
      },
    ),
    { numRuns: 50 },
  );
});

it('sorts by bytes, which no locale changes', () => {
  expect(new ByteDictionary(['b', 'ä', 'a', 'B', '', 'aa', '🙂', '\uffff']).sorted()).toEqual([
    ...['', 'B', 'a', 'aa', 'b', 'ä', '\uffff', '🙂'],
  ]);
});

it('keeps what it was given when the bytes change', () => {
  const bytes = bytesOf('abc');
  const dictionary = new ByteDictionary();
  dictionary.add(bytes);
  bytes.fill(0);
  expect(dictionary.find(bytesOf('abc'))).toBe(0);
});
