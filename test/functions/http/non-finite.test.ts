import { expect, it } from 'vitest';
import { findNonFinite } from '../../../functions/http/non-finite.ts';

it.each([
  ['{"pixels":[1,2,NaN,NaN]}', 'NaN', 'pixels[2]'],
  ['{"pixels":[-Infinity]}', '-Infinity', 'pixels[0]'],
  ['{"instances":[[1],[0, Infinity]]}', 'Infinity', 'instances[1][1]'],
  ['{"a\\"NaN":"Infinity\\\\", "b": NaN}', 'NaN', 'b'],
  ['NaN', 'NaN', ''],
  ['{"a":-1,"b":NaN}', 'NaN', 'b'],
])('finds it in %s', (text, token, field) => {
  expect(findNonFinite(text)).toEqual({ token, field });
});

it.each([
  ['other faults', '{"pixels":[1,]}'],
  ['other faults beside it', '{"pixels":[NaN,]}'],
  ['a word that begins like it', '{"pixels":[Nothing]}'],
  ['it only in a string', '{"a":"NaN"'],
  ['a string without end', '{"a":"NaN'],
  ['nothing', ''],
  ['more nesting than any request has', `${'['.repeat(100)}NaN${']'.repeat(100)}`],
])('does not find it in %s', (_name, text) => {
  expect(findNonFinite(text)).toBeUndefined();
});

it('takes long and deep texts', () => {
  expect(findNonFinite(`{"pixels":[${'1,'.repeat(500_000)}NaN]}`)).toEqual({
    token: 'NaN',
    field: 'pixels[500000]',
  });
  expect(findNonFinite('['.repeat(500_000))).toBeUndefined();
  expect(findNonFinite('-'.repeat(500_000))).toBeUndefined();
});
