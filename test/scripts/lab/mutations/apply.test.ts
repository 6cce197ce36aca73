import { expect, it } from 'vitest';
import { applyChange } from '../../../../scripts/lab/mutations/apply.ts';

const SOURCE = `function f(a: number, y?: object) { // A comment.
  const z = { a, y, b: g(
    a, 2) };
  if (a > 1) return y;
  z.b += 1;
  return h(a > 2, a!);
}
class K { #p = 1; m(): number { return this.#p; } n() { return h(0); } }
function h(...all: unknown[]) { return all.length; }
`;

const apply = (find: string, replace: string, within?: string) =>
  applyChange(SOURCE, { file: 'x.ts', find, replace, ...(within === undefined ? {} : { within }) });
/** What stands in changed lines. */
const changed = (...change: Parameters<typeof apply>) =>
  apply(...change)
    .split('\n')
    .filter((line) => !SOURCE.split('\n').includes(line))
    .map((line) => line.trim());

it.each<[find: string, replace: string, after: string]>([
  ['a>1', 'a >= 1', 'if (a >= 1) return y;'],
  ['if (a > 1) return y;', '', ''],
  ['g(a, 2)', 'g(2)', 'const z = { a, y, b: g(2) };'],
  ['b: g(a, 2)', '', 'const z = { a, y,  };'],
  ['z.b += 1', 'z.b = 1', 'z.b = 1;'],
  ['#p = 1', '#p = 2', 'class K { #p = 2; m(): number { return this.#p; } n() { return h(0); } }'],
  ['a!', 'a', 'return h(a > 2, a);'],
  ['all.length', 'all?.length', 'function h(...all: unknown[]) { return all?.length; }'],
])('finds %s by its structure', (find, replace, after) => {
  expect(changed(find, replace)).toEqual([after]);
});

it('looks into one function, where the code is in others, too', () => {
  expect(() => apply('y', 'z')).toThrow('x.ts: found 2 times, expected once: y');
  expect(changed('y', 'w', 'z')).toEqual(['const z = { a, w, b: g(']);
});

it.each<[find: string, replace: string, within: string | undefined, message: string]>([
  ['a < 1', 'a', undefined, 'x.ts: found 0 times, expected once: a < 1'],
  ['a > 1', 'a > 2', 'nobody', 'x.ts: found 0 times, expected once: nobody'],
  ['a > 1', '(a > 1)', undefined, 'x.ts: the change changes nothing: a > 1'],
  ['a > 1', 'a >', undefined, 'x.ts: '],
  ['a >', 'a', undefined, 'neither an expression, a statement nor a property: a >'],
])('refuses to change %s to %s in %s', (find, replace, within, message) => {
  expect(() => apply(find, replace, within)).toThrow(message);
});
