/** Finds the run that an earlier `npm start` was training and that has failed, or was stopped. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { JobConfig } from '../../functions/schemas/config.ts';

import { runConfig, runStatus } from '../../functions/schemas/documents.ts';
import { isSameJob } from '../../functions/schemas/same-job.ts';

const runList = z.object({
  runs: z.array(z.object({ runId: z.string(), status: runStatus.nullable() })),
});
const runDetail = z.object({ config: runConfig.nullable() });

/**
 * @param endpoint base URL of the HTTP API
 * @returns id of the newest run that has not succeeded and was started with exactly this config
 */
export async function findUnfinishedRun(endpoint: string, config: JobConfig): Promise<string | undefined> {
  const { runs } = runList.parse(await getJson(`${endpoint}/runs`));
  for (const { runId, status } of runs) {
    if (status === null || status.state === 'succeeded') continue;
    const detail = runDetail.parse(await getJson(`${endpoint}/runs/${runId}`));
    // An import has a config, too, but nothing to go on with.
    if (detail.config === null || detail.config.imported !== undefined) continue;
    if (isSameJob(config, detail.config.config)) return runId;
  }
  return undefined;
}

/** Tries, and milliseconds between them: a function's process that died has a successor by then. */
const TRIES = 3;
const PAUSE_MS = 200;

/** @throws Error with the answer's text when the status is not 200, of a server's error after some tries */
export async function getJson(url: string): Promise<unknown> {
  for (let tried = 1; ; tried++) {
    const response = await fetch(url);
    if (response.ok) return response.json();
    const text = await response.text();
    if (response.status < 500 || tried === TRIES) throw new Error(`GET ${url}: ${response.status} ${text}`);
    await sleep(PAUSE_MS);
  }
}
