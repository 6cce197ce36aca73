/** What is installed has licences that go with the project's own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkLicences, EXCEPTIONS, type Lock } from '../../../scripts/build/licences.ts';
import { run } from '../command.ts';

const ROOT = join(import.meta.dirname, '../../..');
const read = (file: string) => JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as Lock;
const results = ['package-lock.json', 'scripts/lab/bench/package-lock.json'].map((file) =>
  checkLicences(read(file)),
);

it('every package of every lock file has an accepted licence, or is an exception with a reason', () => {
  for (const { refused, count } of results) {
    expect(refused).toEqual([]);
    expect(count.get('MIT')).toBeGreaterThan(0);
  }
});

it('every exception is one that is needed', () => {
  expect(EXCEPTIONS.filter((exception) => !results.some(({ used }) => used.has(exception)))).toEqual([]);
});

it('npm run licences says what there is', async () => {
  const command = run('build/licences.ts', []);
  expect(await command.exit).toBe(0);
  expect(command.stdout).toMatch(/^package-lock\.json\n +\d+ {2}MIT\n/);
  expect(command.stdout).toContain('lightningcss');
});

describe('a package is refused', () => {
  const check = (name: string, license?: string) =>
    checkLicences({
      packages: { '': {}, [`node_modules/${name}`]: { version: '1.0.0', ...(license && { license }) } },
    }).refused;

  it.each([
    ['iam-simulate', 'AGPL-3.0-or-later', 'AGPL-3.0-or-later is not accepted'],
    ['none', undefined, 'it names no licence'],
    ['other', 'SEE LICENSE IN LICENSE.md', 'is no licence expression'],
    ['lightningcss', 'GPL-3.0-only', 'GPL-3.0-only is not accepted'],
    ['not-lightningcss', 'MPL-2.0', 'MPL-2.0 is not accepted'],
  ])('%s under %s', (name, license, reason) => {
    const [refused, ...others] = check(name, license);
    expect(others).toEqual([]);
    expect(refused).toMatch(`${name}@1.0.0: `);
    expect(refused).toContain(reason);
  });

  it('wherever it is in the tree', () => {
    const { refused } = checkLicences({
      packages: { 'node_modules/a/node_modules/@b/c': { version: '2.0.0', license: 'GPL-2.0' } },
    });
    expect(refused).toEqual(['@b/c@2.0.0: GPL-2.0 is not accepted']);
  });
});

describe('of an expression', () => {
  const reasons = (license: string) =>
    checkLicences({ packages: { 'node_modules/a': { license } } }, new Set(['MIT', 'ISC', 'Apache-2.0']))
      .refused;

  it.each([
    ['(MIT)', true],
    ['GPL-3.0 OR MIT', true],
    ['MIT AND GPL-3.0', false],
    ['MIT AND ISC', true],
    ['GPL-3.0 AND MIT OR ISC', true],
    ['GPL-3.0 AND (MIT OR ISC)', false],
    ['Apache-2.0 WITH LLVM-exception', false],
    ['Apache-2.0 WITH LLVM-exception OR MIT', true],
  ])('%s is accepted: %s', (license, expected) => {
    expect(reasons(license)).toEqual(expected ? [] : [`a@?: ${license} is not accepted`]);
  });

  it.each(['', 'MIT OR', '(MIT', 'MIT ISC', 'MIT/ISC'])('%j is none', (license) => {
    expect(reasons(license)).toEqual([
      expect.stringContaining(`${JSON.stringify(license)} is no licence expression`),
    ]);
  });
});
