/** Runs one target with very many inputs: how many, whether they get deep, and what memory they may take. */
import { getHeapStatistics } from 'node:v8';
import fc from 'fast-check';
import { expect } from 'vitest';
import { caseBegins, caseEnded } from './watchdog.ts';

/** Cases per target in `npm run fuzz`; without it each test's own, short number. */
const LONG = process.env.FUZZ_CASES === undefined ? undefined : Number(process.env.FUZZ_CASES);
const SEED = process.env.FUZZ_SEED === undefined ? {} : { seed: Number(process.env.FUZZ_SEED) };

export interface Options<T> {
  /** Cases in `npm test`. */
  short?: number;
  /** Of FUZZ_CASES, for a target that takes more than this machine's processor and memory. */
  part?: number;
  /** Share of the cases that must get past the first checks; well below what is usual, as the short runs vary. */
  deep: number;
  /** Bytes of the input, which bound the memory that it may take. */
  size?: (input: T) => number;
  /** Bytes of memory per byte of input, and besides. */
  growth?: number;
  constant?: number;
}

const MIB = 2 ** 20;

/** What this process holds, garbage too, in bytes. */
function held(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}

/**
 * @param name of the target, in the report of `npm run fuzz`
 * @param check throws when the answer is neither right nor a clear error; true when the case got deep
 */
export async function fuzz<T>(
  name: string,
  inputs: fc.Arbitrary<T>,
  check: (input: T) => boolean | Promise<boolean>,
  { short = 300, part = 1, deep, size = () => 0, growth = 100, constant = 48 * MIB }: Options<T>,
): Promise<void> {
  const numRuns = LONG === undefined ? short : Math.ceil(LONG * part);
  const started = performance.now();
  let cases = 0;
  let deepCases = 0;
  try {
    await fc.assert(
      fc.asyncProperty(inputs, async (input) => {
        caseBegins(() => `${name} ${show(input)}`);
        const before = held();
        cases++;
        if (await check(input)) deepCases++;
        // A collection in between makes it less: what is measured is never more than what was taken.
        const taken = held() - before;
        const allowed = size(input) * growth + constant;
        if (taken > allowed) expect.fail(`took ${taken} bytes of memory, expected at most ${allowed}`);
      }),
      { numRuns, ...SEED },
    );
  } finally {
    caseEnded();
  }
  const share = deepCases / cases;
  if (LONG !== undefined) {
    const seconds = Math.round((performance.now() - started) / 1000);
    console.log(`fuzz: ${name}: ${cases} cases, ${seconds} s, deep ${(share * 100).toFixed(1)} %`);
  }
  expect(share, `share of ${name}'s cases that get deep`).toBeGreaterThan(deep);
}

/** Bytes as base64, as many as the watchdog writes down. */
function show(input: unknown): string {
  if (input instanceof Uint8Array) return Buffer.from(input.subarray(0, 9000)).toString('base64');
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return JSON.stringify(input) ?? '';
  const fields = Object.entries(input).map(([key, value]) => [
    key,
    value instanceof Uint8Array ? show(value) : value,
  ]);
  return JSON.stringify(fields);
}

/** An error that is meant for people: of an allowed kind, and of a readable length, whatever the input was. */
export function expectClear(error: unknown, kinds: readonly string[]): void {
  const { name, message, stack } = error as Error;
  if (!kinds.includes(name)) expect.fail(`got ${name}: ${message.slice(0, 300)}\n${stack?.slice(0, 1500)}`);
  expectReadable(message);
}

/** What an engine says of a program's own mistakes. */
const ENGINE =
  /Cannot (read|set|convert)|is not (a function|iterable|defined)|Maximum call stack|\[object |\n\s+at /;

export function expectReadable(message: string): void {
  if (message.length === 0 || message.length > 4000) {
    expect.fail(`a message of ${message.length} characters: ${message.slice(0, 300)}`);
  }
  if (ENGINE.test(message)) expect.fail(`a message that no one can use: ${message.slice(0, 300)}`);
}
