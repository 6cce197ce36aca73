/** What /predict of a local cloud takes: the first answer of a function that nobody has started, and answers under load. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseIdx } from '../../../core/ingest/idx.ts';
import type { LocalCloud } from '../../cloud/cloud.ts';
import { mnistFolder } from '../../cloud/mnist-mirror.ts';
import { nodeCommand, runForJson } from '../../support/programs.ts';
import { percentile } from '../../support/statistics.ts';
import type { Add } from './app-figures.ts';
import type { Latencies, Load } from './load.ts';

export const CONNECTIONS = [1, 10, 50] as const;
const REQUESTS = 2000;
const LOAD = join(import.meta.dirname, 'load.ts');

/** A request for the first image of the test set. */
export function question(): string {
  const { shape, data } = parseIdx(readFileSync(join(mnistFolder(), 't10k-images-idx3-ubyte')));
  const [, rows, columns] = shape as [number, number, number];
  return JSON.stringify({ pixels: Array.from(data.subarray(0, rows * columns)) });
}

/** @param before what ran on this assembly: V8 keeps what it has compiled of a function beside its bundle */
export async function coldStart({ endpoints }: LocalCloud, before: 'new' | 'kept', add: Add): Promise<void> {
  const body = question();
  const predict = async () => {
    const begin = performance.now();
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${endpoints.http}/predict`, { method: 'POST', headers, body });
    const text = await response.text();
    if (!response.ok) throw new Error(`POST /predict: ${response.status} ${text}`);
    return performance.now() - begin;
  };
  const what = 'INIT of predict and its first answer';
  add('coldstart', before === 'new' ? what : `${what}, compiled by an earlier start`, await predict());
  if (before === 'new') add('coldstart', 'its second answer', await predict());
}

/** Each connection asks again as soon as it has its answer, so that all processors are busy from ten connections on. */
export async function latencies({ endpoints }: LocalCloud, add: Add): Promise<void> {
  const body = question();
  for (const connections of CONNECTIONS) {
    const load: Load = { url: `${endpoints.http}/predict`, body, connections, requests: REQUESTS };
    const took = await runForJson<Latencies>(nodeCommand(LOAD, JSON.stringify(load)));
    const on = `POST /predict, ${connections} ${connections === 1 ? 'connection' : 'connections'}`;
    add('latency', `${on}: median`, percentile(took, 0.5));
    add('latency', `${on}: p99`, percentile(took, 0.99));
  }
}
