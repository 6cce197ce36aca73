/** Files in the form of KDD Cup 1999's: 41 features and a label with a full stop, no header. */
import type { Split } from '../../../core/ingest/catalogue/spec.ts';
import { Permutation } from '../../../core/random/permutation.ts';
import { Draws, STREAM } from './draws.ts';
import { ICMP_SERVICES, PROFILES, type Profile, UDP_SERVICES } from './kdd-profiles.ts';

/**
 * Rows per label in the real file's proportions, at least one of each that it has; exactly the real numbers for its
 * own number of rows.
 *
 * @throws RangeError for fewer rows than labels
 */
export function labelCounts(rows: number, split: Split): [label: string, count: number][] {
  const labels = Object.entries(PROFILES)
    .filter(([, profile]) => profile[split] > 0)
    .sort(([a, one], [b, other]) => other[split] - one[split] || (a < b ? -1 : 1));
  if (rows < labels.length) {
    throw new RangeError(
      `rows: got ${rows}, expected at least ${labels.length}, the labels of the ${split} set`,
    );
  }
  let left = rows;
  let share = labels.reduce((sum, [, profile]) => sum + profile[split], 0);
  // The rarest first, so that the most frequent takes what rounding leaves.
  const counts = labels.toReversed().map(([label, profile], index): [string, number] => {
    const others = labels.length - 1 - index;
    const exact = Math.round((left * profile[split]) / share);
    const count = others === 0 ? left : Math.min(Math.max(1, exact), left - others);
    left -= count;
    share -= profile[split];
    return [label, count];
  });
  return counts.reverse();
}

/** The file's lines. Row r depends on the seed, the split, r and the number of rows alone. */
export function* kddRows(rows: number, seed: number, split: Split): Generator<string> {
  const counts = labelCounts(rows, split);
  const stream = split === 'train' ? STREAM.kddTrain : STREAM.kddTest;
  const order = new Permutation(rows, seed, stream);
  const draws = new Draws(seed, stream);
  for (let row = 0; row < rows; row++) {
    let at = order.at(row);
    let index = 0;
    while (at >= counts[index]![1]) at -= counts[index++]![1];
    const label = counts[index]![0];
    yield kddRow(label, PROFILES[label]!, draws.startRow(row));
  }
}

/** Rates are written with two decimals. */
const RATES = Array.from({ length: 101 }, (_, hundredths) => (hundredths / 100).toFixed(2));
const rate = (value: number): string => RATES[Math.round(Math.min(1, Math.max(0, value)) * 100)]!;

function kddRow(label: string, profile: Profile, draws: Draws): string {
  const whole = ([low, high]: readonly [number, number]) => (low === high ? low : draws.integer(low, high));
  const between = ([low, high]: readonly [number, number]) => low + (high - low) * draws.uniform();
  const chance = (probability: number) => (probability > 0 && draws.uniform() < probability ? 1 : 0);
  const service = draws.pick(profile.services);
  const flag = draws.pick(profile.flags);
  const protocol = ICMP_SERVICES.includes(service) ? 'icmp' : UDP_SERVICES.includes(service) ? 'udp' : 'tcp';
  const isSyn = flag.startsWith('S0') || flag === 'SH';
  const isRejected = flag === 'REJ' || flag.startsWith('RST');
  // Amounts spread over orders of magnitude: squared, most are small.
  const amount = ([low, high]: readonly [number, number]) => {
    if (low === high) return low;
    const share = draws.uniform();
    return Math.floor(low + (high - low) * share * share);
  };
  const count = whole(profile.count);
  const same = between(profile.sameService);
  const hostCount = whole(profile.hostCount);
  const hostSame = between(profile.hostSameService);
  const noise = draws.uniform() * 0.1;
  const synRate = rate(isSyn ? 1 - noise : noise * 0.3);
  const rejectRate = rate(isRejected ? 1 - noise : noise * 0.3);
  const loggedIn = protocol === 'tcp' ? chance(profile.loggedIn) : 0;
  const compromised = whole(profile.compromised);
  const rootShell = chance(profile.rootShell);
  const land = label === 'land' ? 1 : 0;
  const created = rootShell === 1 ? draws.integer(0, 3) : 0;
  return (
    `${amount(profile.duration)},${protocol},${service},${flag},${amount(profile.sent)},${amount(profile.received)},` +
    `${land},${whole(profile.fragments)},0,${whole(profile.hot)},${whole(profile.failedLogins)},${loggedIn},` +
    `${compromised},${rootShell},0,${rootShell === 1 ? compromised : 0},${created},0,0,0,0,${chance(profile.guest)},` +
    `${count},${Math.max(1, Math.round(count * same))},${synRate},${synRate},${rejectRate},${rejectRate},` +
    `${rate(same)},${rate((1 - same) * 0.5)},${rate(noise)},${hostCount},${Math.round(hostCount * hostSame)},` +
    `${rate(hostSame)},${rate((1 - hostSame) * 0.4)},${rate(hostSame * noise * 10)},${rate(noise * 0.5)},` +
    `${synRate},${synRate},${rejectRate},${rejectRate},${label}.\n`
  );
}
