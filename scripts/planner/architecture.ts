/** What the other processor would cost, and which of the figures are measured. */
import { ARCHITECTURES, type ArchitectureName } from '../../functions/contract/functions.ts';
import { GB_SECOND } from '../../functions/contract/prices.ts';
import type { Estimate } from './model.ts';
import { formatDollars } from './table.ts';

/** A processor by Lambda's name for it; undefined for one that Lambda does not have. */
export const architectureOf = (nodeArch: string): ArchitectureName | undefined =>
  (({ arm64: 'arm64', x64: 'x86_64' }) as const)[nodeArch];

export const otherThan = (architecture: ArchitectureName): ArchitectureName =>
  ARCHITECTURES.find((name) => name !== architecture)!;

/**
 * @param of.architecture what the plan is for
 * @param of.cheapest of the plan, and of the same plan at the other processor's price; undefined where nothing can run
 * @param of.measuredOn where the arithmetic was measured; undefined where nobody has written that down
 */
export function describeArchitectures(of: {
  architecture: ArchitectureName;
  cheapest: Estimate | undefined;
  cheapestOnOther: Estimate | undefined;
  measuredOn: ArchitectureName | undefined;
}): string {
  const { architecture, cheapest, cheapestOnOther, measuredOn } = of;
  const other = otherThan(architecture);
  const assumed =
    measuredOn === architecture
      ? `the speed was measured on ${architecture}, as what is planned for; other models of it differ`
      : `the speed on ${architecture} is assumed to be that of ${measuredOn ?? 'the processor that the run had'}, where it was measured`;
  if (cheapest === undefined || cheapestOnOther === undefined) return assumed;
  const factor = GB_SECOND[other].dollars / GB_SECOND[architecture].dollars;
  const pays =
    factor > 1
      ? `it is the cheaper one where it trains more than ${factor.toFixed(2)} times as fast`
      : `it is the dearer one only where it trains less than ${factor.toFixed(2)} times as fast`;
  return `${assumed}\n${other} at the same speed: ${formatDollars(cheapestOnOther.dollars)} instead of ${formatDollars(cheapest.dollars)}; ${pays}`;
}
