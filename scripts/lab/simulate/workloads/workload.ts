/** What a simulation is about, and what all of it must come to. */
import { KEYS } from '../../../../functions/contract/keys.ts';
import { runStatus } from '../../../../functions/schemas/documents.ts';
import type { World } from '../world.ts';

export interface Workload {
  /** Training runs and imports. */
  runs: number;
  /** Whether some results may become versions that do not serve. */
  isGated: boolean;
  /** @returns when all is done */
  work(): Promise<void>;
  /** Adds to the violations what should be otherwise in the end. */
  check(): void;
}

/**
 * The run has succeeded and is one version, of the checkpoint that it has to end with.
 *
 * @param step undefined where a cap decides it
 */
export function checkRun(world: World, name: string, step: number | undefined): void {
  const { observer } = world;
  const status = runStatus.safeParse(world.readJson(KEYS.status(name))).data;
  if (status?.state !== 'succeeded') {
    observer.violation(`${name} has not succeeded, its status says ${JSON.stringify(status)}`);
    return;
  }
  const own = [...observer.versions].filter(([, { runId }]) => runId === name);
  // One that was deleted before the run had said that it is its version is not found again.
  if (own.filter(([key]) => !observer.deleted.has(key)).length > 1 || own.length === 0) {
    observer.violation(`${name} became ${own.length} versions`);
  }
  for (const [, { version, step: at, checkpoint }] of own) {
    if (checkpoint.sha256 !== observer.checkpointOf(name, at) || at !== (step ?? at)) {
      observer.violation(
        `version ${version} is of step ${at} with another checkpoint than ${name} ends with`,
      );
    }
  }
}
