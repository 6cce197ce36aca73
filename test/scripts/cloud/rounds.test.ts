import { describe, expect, it } from 'vitest';
import { KEYS } from '../../../functions/contract/keys.ts';
import { along } from '../../../functions/contract/states.ts';
import { modelVersion, runStatus } from '../../../functions/schemas/documents.ts';
import { getDocument } from '../../../functions/store/verified.ts';
import type { CloudCall } from '../../../scripts/cloud/iam/authorizer.ts';
import { functionProcesses, killIfThere } from '../../../scripts/lab/kill-test/processes.ts';
import { proofOnly } from '../../support/needs.ts';
import { statesOf, useCloud } from '../../support/test-cloud.ts';

const CONFIG = { iterations: 45, learningRate: 0.5, evaluateEvery: 20 };
const PARALLEL = { ...CONFIG, workers: 2, localIterations: 10 };

/** Kills the function whose call it is, or doesn't. */
let onCall: (call: CloudCall) => void = () => undefined;
const app = useCloud({ hasMnist: true, onCall: (call) => onCall(call) });

async function succeed(name: string, config: object): Promise<{ sha256: string; executionArn: string }> {
  const { status, error, cause, output, executionArn } = await app.execute('stateMachine', name, config);
  expect({ status, error, cause }).toMatchObject({ status: 'SUCCEEDED' });
  const { model, version } = JSON.parse(output!) as { model: string; version: number };
  const { checkpoint } = await getDocument(app.store, modelVersion, KEYS.version(model, version));
  return { sha256: checkpoint.sha256, executionArn: executionArn! };
}

describe('a data-parallel run', () => {
  it('of one worker becomes the model that the sequential run becomes', proofOnly, async () => {
    const { sha256 } = await succeed('sequential', CONFIG);
    const one = await succeed('one', { ...CONFIG, workers: 1, localIterations: 20 });
    expect(one.sha256).toBe(sha256);
    const rounds = (await app.entered(one.executionArn)).filter((name) => name === 'TrainRound');
    expect(rounds).toHaveLength(3);
  });

  it('of two goes on when a worker and the reducer are killed at their writes, and ends with the same bytes', async () => {
    const whole = await succeed('whole', PARALLEL);
    const events = await app.history(whole.executionArn);
    const states = statesOf(await app.wholeHistory(whole.executionArn));
    expect(states.filter((name) => name === 'TrainWorker')).toHaveLength(6);
    expect(states.filter((name) => name === 'ReduceRound')).toHaveLength(3);
    // A round's events are as many as a run's length is planned with, however many workers it has.
    const rounds = events.filter(({ stateEnteredEventDetails: entered }) => entered?.name === 'TrainRound');
    expect(rounds[1]!.id! - rounds[0]!.id!).toBe(along('round').events);
    // The first write of each, while it is on its way.
    const victims = new Set(['TrainWorkerFunction', 'ReduceRoundFunction']);
    let killed = 0;
    onCall = ({ caller, action }) => {
      const victim = [...victims].find((name) => caller.includes(name));
      if (victim === undefined || action !== 's3:PutObject') return;
      victims.delete(victim);
      for (const { pid, functionName } of functionProcesses(process.pid)) {
        if (functionName.includes(victim) && killIfThere(pid)) killed++;
      }
    };
    const torn = await succeed('torn', PARALLEL);
    onCall = () => undefined;
    expect(killed).toBeGreaterThanOrEqual(2);
    expect(torn.sha256).toBe(whole.sha256);
  });

  it('fails with what its worker says', async () => {
    const diverging = {
      ...PARALLEL,
      layers: [784, 50, 30, 10],
      activation: 'relu',
      weightInit: { kind: 'he' },
      learningRate: 1000,
    };
    const { status, error, cause } = await app.execute('stateMachine', 'diverging', diverging);
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'TrainingDivergedError' });
    expect(cause).toMatch(/worker \d( and 1 more)?: an output is not finite any more at step \d/);
    const { reason } = await getDocument(app.store, runStatus, KEYS.status('diverging'));
    expect(reason).toMatch(/^worker \d( and 1 more)?: an output is not finite/);
  });

  it('is refused where rounds do not fit, before anything is trained', async () => {
    const { error, cause } = await app.execute('stateMachine', 'long', {
      ...PARALLEL,
      localIterations: 23,
    });
    expect(error).toBe('ConfigError');
    expect(cause).toContain('localIterations: got 23, expected at most 22');
  });
});
