/** What a run's parts cost by the table, by other prices, and as the stopwatch and the store count them. */
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../core/errors.ts';
import { PRICE_NAMES, PRICE_TABLE } from '../../../functions/contract/prices.ts';
import { startStopwatch } from '../../../functions/run/stopwatch.ts';
import { chargeFor, readPrices } from '../../../functions/schemas/prices.ts';
import { countRequests } from '../../../functions/store/counted-store.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { fakeS3 } from '../support/fake-s3.ts';

describe('the table', () => {
  it.each(PRICE_NAMES)('says of %s what it is, from when and from where', (name) => {
    const { dollars, unit, read, source } = PRICE_TABLE[name];
    expect(dollars).toBeGreaterThan(0);
    expect(unit).not.toBe('');
    expect(read).toMatch(/^2\d{3}-\d\d-\d\d$/);
    expect(source).toMatch(/^https:\/\/aws\.amazon\.com\//);
  });

  it('charges a known bill: an hour of 1 GB, a million invocations, a thousand of the rest', () => {
    const usage = {
      mbMs: 1024 * 3_600_000,
      invocations: 1e6,
      transitions: 1000,
      s3Writes: 1000,
      s3Reads: 1000,
    };
    expect(chargeFor(usage, readPrices())).toBeCloseTo(0.04800024 + 0.2 + 0.025 + 0.005 + 0.0004, 12);
  });
});

it('charges for the processor that functions run on, unless an operator names the price', () => {
  const { lambdaGbSecond, ...others } = readPrices('{"s3Read":0.5}', 'x86_64');
  expect(lambdaGbSecond).toBe(0.0000166667);
  expect(readPrices('{"s3Read":0.5}')).toMatchObject(others);
  expect(readPrices('{"lambdaGbSecond":3}', 'x86_64').lambdaGbSecond).toBe(3);
});

describe('prices of an operator', () => {
  it('replace those of the same name only', () => {
    const { s3Read, ...others } = readPrices('{"s3Read":0.5}');
    expect(s3Read).toBe(0.5);
    expect(readPrices()).toMatchObject(others);
    expect(readPrices('')).toEqual(readPrices());
  });

  it.each([
    ['{"s3Read":-1}', 'prices.s3Read: got -1, expected at least 0'],
    ['{"s3Read":"1"}', 'prices.s3Read: got "1", expected number'],
    ['{"s4Read":1}', 'prices: unknown "s4Read", known are lambdaGbSecond, '],
    ['cheap', 'prices: got cheap, expected JSON'],
  ])('are refused: %s', (json, message) => {
    expect(() => readPrices(json)).toThrow(ConfigError);
    expect(() => readPrices(json)).toThrow(message);
  });
});

it('the stopwatch adds up time, invocation, requests and transitions, and what the run had cost before', async () => {
  let ms = 1000;
  const requests = { s3Writes: 0, s3Reads: 0 };
  const prices = {
    lambdaGbSecond: 1,
    lambdaRequest: 10,
    stateTransition: 100,
    s3Write: 1000,
    s3Read: 10_000,
  };
  const stopwatch = startStopwatch(1024, { now: () => ms, prices, requests, transitions: 2 });
  const spend = (phase: 'train' | 'evaluate', duration: number) =>
    stopwatch.time(phase, () => {
      ms += duration;
    });
  await spend('train', 2000);
  await spend('evaluate', 500);
  await spend('evaluate', 1500);
  requests.s3Writes = 3;
  requests.s3Reads = 4;
  expect(stopwatch.pace(50)).toEqual({ loadMs: 0, stepMs: 50, evaluateMs: 1500, saveMs: 0 });
  expect(stopwatch.overhead()).toBe(10 + 200 + 3000 + 40_000);
  expect(stopwatch.dollars()).toBe(4 + stopwatch.overhead());
  expect(stopwatch.dollars(6000)).toBe(10 + stopwatch.overhead());
  expect(stopwatch.read(100, 7)).toEqual({
    imagesPerSecond: 50,
    billedMs: 4000,
    estimatedDollars: 14,
    runDollars: 7 + 4 + stopwatch.overhead(),
    loadMs: 0,
    trainMs: 2000,
    evaluateMs: 2000,
    saveMs: 0,
    s3Reads: 4,
    s3Writes: 3,
  });
});

it('the store counts as many requests as S3 gets, by their price', async () => {
  const s3 = fakeS3();
  const { store, counts } = countRequests(createS3Store('bucket'));
  const bytes = new Uint8Array(10);
  await store.createImmutable('a', bytes);
  await store.tryCreate('b', bytes);
  await store.tryCreate('b', new Uint8Array(11));
  await store.get('a');
  await store.get('none');
  await store.getIfChanged('a', '"x"');
  await store.size('a');
  await store.list('');
  await store.listFolders('');
  await store.compareAndSwap('c', () => bytes);
  await store.compareAndSwap('c', () => undefined);
  const sent = s3.calls.map((command) => command.constructor.name);
  const writes = sent.filter((name) => /^(Put|List)/.test(name)).length;
  expect(counts).toEqual({ s3Writes: writes, s3Reads: sent.length - writes });
  expect(writes).toBe(6);
});
