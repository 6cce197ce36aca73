import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseJson } from '../../../functions/schemas/parse-json.ts';

it.each([
  ['{"a":1,"a":2}', '"a"'],
  ['[{"b":{"x":[{}],"y":1 , "x"\n: 2}}]', '"x"'],
  // The same name, written otherwise.
  ['{"seed":1,"\\u0073eed":2}', '"seed"'],
  ['{"\\"":1,"c":"{","\\"":2}', '"\\""'],
])('refuses %s, naming the field', (text, name) => {
  expect(() => parseJson(text)).toThrow(`${name} stands there twice, expected once`);
});

it.each(['', '{"a":1', '{"a" 1}', 'NaN'])('refuses what is no JSON: %j', (text) => {
  expect(() => parseJson(text)).toThrow(SyntaxError);
});

it('reads all other JSON as JSON.parse does: names in other objects, in texts and in lists are no repetitions', () => {
  for (const text of [
    '[{"a":1},{"a":2}]',
    '{"a":{"a":1},"b":["a","a",":"]}',
    '{"a":"\\\\","b":"{\\"a\\":1"}',
  ]) {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  }
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }),
  );
});
