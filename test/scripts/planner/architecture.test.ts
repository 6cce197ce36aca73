import { expect, it } from 'vitest';
import type { ArchitectureName } from '../../../functions/contract/functions.ts';
import { readPrices } from '../../../functions/schemas/prices.ts';
import { architectureOf, describeArchitectures } from '../../../scripts/planner/architecture.ts';
import { type Estimate, estimate } from '../../../scripts/planner/model.ts';
import { question } from './jobs.ts';

const cheapest = (architecture: ArchitectureName) =>
  estimate({ ...question(), prices: readPrices('', architecture) }) as Estimate;
const said = (architecture: ArchitectureName, measuredOn: ArchitectureName | undefined) =>
  describeArchitectures({
    architecture,
    cheapest: cheapest(architecture),
    cheapestOnOther: cheapest(architecture === 'arm64' ? 'x86_64' : 'arm64'),
    measuredOn,
  }).split('\n');

it("has Lambda's names for Node's", () => {
  expect(['arm64', 'x64', 'riscv64'].map(architectureOf)).toEqual(['arm64', 'x86_64', undefined]);
});

it('says what is measured, what is assumed, and what the other processor would cost', () => {
  const [assumed, other] = said('arm64', 'x86_64');
  expect(assumed).toBe('the speed on arm64 is assumed to be that of x86_64, where it was measured');
  const [arm, x86] = [cheapest('arm64').dollars, cheapest('x86_64').dollars];
  expect(x86).toBeGreaterThan(arm);
  const dollars =
    /^x86_64 at the same speed: \$([\d.]+) instead of \$([\d.]+); it is the cheaper one where it trains more than 1.25 times as fast$/;
  const [, onX86, onArm] = dollars.exec(other!)!.map(Number);
  expect(Math.abs(onX86! - x86)).toBeLessThan(0.05 * x86);
  expect(Math.abs(onArm! - arm)).toBeLessThan(0.05 * arm);
});

it('turns round for the dearer processor, and tells what was measured on its like', () => {
  const [measured, other] = said('x86_64', 'x86_64');
  expect(measured).toMatch(/^the speed was measured on x86_64/);
  expect(other).toMatch(
    /^arm64 at the same speed: .*; it is the dearer one only where it trains less than 0\.80 times/,
  );
  expect(said('x86_64', undefined)[0]).toContain('that of the processor that the run had');
});
