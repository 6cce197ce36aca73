/** Wildcards against the shortest definition of what they mean. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { matchesArn, matchesPattern } from '../../../../scripts/cloud/iam/patterns.ts';

/** By the definition: a star takes nothing, or one character and goes on. */
function matchesByDefinition(pattern: string, text: string): boolean {
  const [wanted, ...rest] = pattern;
  if (wanted === undefined) return text === '';
  const tail = rest.join('');
  if (wanted === '*') {
    return matchesByDefinition(tail, text) || (text !== '' && matchesByDefinition(pattern, text.slice(1)));
  }
  return text !== '' && (wanted === '?' || wanted === text[0]) && matchesByDefinition(tail, text.slice(1));
}

const of = (alphabet: string, maxLength: number) =>
  fc.array(fc.constantFrom(...alphabet), { maxLength }).map((letters) => letters.join(''));

it('patterns match what the definition matches', () => {
  fc.assert(
    fc.property(of('ab/.*?', 10), of('ab/.*?', 12), (pattern, text) => {
      expect(matchesPattern(pattern, text)).toBe(matchesByDefinition(pattern, text));
    }),
    { numRuns: 5000 },
  );
});

it('a pattern made from a text matches it', () => {
  const cut = fc.tuple(fc.string(), fc.string(), fc.string());
  fc.assert(
    fc.property(cut, ([before, middle, after]) => {
      expect(matchesPattern(`${before}*${after}`, before + middle + after)).toBe(true);
    }),
  );
});

it('many stars take no exponential time', () => {
  expect(matchesPattern(`${'a*'.repeat(50)}b`, 'a'.repeat(20_000))).toBe(false);
});

it.each([
  ['*', 'arn:aws:s3:::bucket', true],
  ['arn:aws:s3:::bucket/runs/*/config.json', 'arn:aws:s3:::bucket/runs/a/b/config.json', true],
  ['arn:aws:s3:::bucket/runs/*', 'arn:aws:s3:::bucket/runs/a:b:c', true],
  ['arn:aws:s3:::bucket/runs/*', 'arn:aws:s3:::bucket/models/a', false],
  ['arn:aws:s3:::bucket', 'arn:aws:s3:::bucket/runs', false],
  // A star ends with its segment.
  ['arn:aws:lambda:*:function:f', 'arn:aws:lambda:eu:1:function:f', false],
  ['arn:aws:lambda:*:*:function:f', 'arn:aws:lambda:eu:1:function:f', true],
  ['arn:aws:lambda:eu:1:function:f:*', 'arn:aws:lambda:eu:1:function:f', false],
])('%s on %s: %s', (pattern, arn, matches) => {
  expect(matchesArn(pattern, arn)).toBe(matches);
});
