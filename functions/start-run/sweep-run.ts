/** What is different about a run of a sweep: it is one execution, and may go on from where another run ended. */

import type { z } from 'zod';
import { ConfigError } from '../../core/errors.ts';
import type { Checkpoint } from '../../core/training/checkpoint.ts';
import { KEYS } from '../contract/keys.ts';
import { loadCheckpoint } from '../run/checkpoint-store.ts';
import { type RunConfig, runConfig } from '../schemas/documents.ts';
import type { startRunInput } from '../schemas/payloads.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { getDocument } from '../store/verified.ts';

/** @param turns chunks that fit into an execution, which no other goes on with: chunks are as large as it takes */
export function asSweepRun(
  run: RunConfig,
  { sweep, continueFrom }: Pick<z.output<typeof startRunInput>, 'sweep' | 'continueFrom'>,
  turns: number,
): RunConfig {
  const from = continueFrom == null ? {} : { continueFrom };
  if (sweep === undefined) return { ...run, ...from };
  const chunkSteps = Math.max(run.chunkSteps, Math.ceil(run.totalSteps / turns));
  return { ...run, chunkSteps, sweep, ...from };
}

/**
 * The checkpoint that the run begins with; undefined for one that begins untrained.
 *
 * @throws ConfigError when it is of another training; IntegrityError when it is damaged
 */
export async function beginningOf(store: ObjectStore, run: RunConfig): Promise<Checkpoint | undefined> {
  const { continueFrom, configHash, totalSteps } = run;
  if (continueFrom === undefined) return undefined;
  const { runId, step, checkpoint } = continueFrom;
  const before = await getDocument(store, runConfig, KEYS.runConfig(runId));
  if (before.configHash !== configHash) {
    throw new ConfigError(
      `continueFrom: got run ${runId}, whose config or data lead to other weights, expected one that differs in its length, its evaluations or its name`,
    );
  }
  if (step > totalSteps) {
    throw new ConfigError(
      `continueFrom: got step ${step} of run ${runId}, expected at most ${totalSteps}, the steps of this run`,
    );
  }
  return loadCheckpoint(store, checkpoint, configHash);
}
