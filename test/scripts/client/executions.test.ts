/** Which execution a command follows, and under which name it begins another. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_JOB } from '../../../functions/schemas/config.ts';
import { OPEN } from '../../../functions/schemas/layer-specs.ts';
import { findRunningExecution, nextExecution } from '../../../scripts/client/executions.ts';
import { localConnection } from '../../../scripts/cloud/connection.ts';
import {
  type StepFunctionsServer,
  startStepFunctionsServer,
} from '../../../scripts/cloud/stepfunctions/server.ts';
import { StepFunctionsService } from '../../../scripts/cloud/stepfunctions/service.ts';

const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:training';
const definition = { StartAt: 'It', States: { It: { Type: 'Wait', Seconds: 3600, End: true } } };
const functions = { has: () => false, invoke: () => Promise.reject(new Error('there is none')) };

let service: StepFunctionsService;
let server: StepFunctionsServer;
let client: SFNClient;
beforeAll(async () => {
  service = new StepFunctionsService([{ name: 'training', arn: MACHINE, definition }], functions);
  server = await startStepFunctionsServer(service);
  client = new SFNClient(localConnection(server.endpoint));
});
afterAll(async () => {
  client.destroy();
  await server.close();
  await service.close();
});

const start = (name: string, input: object): string =>
  service.call('StartExecution', { stateMachineArn: MACHINE, name, input: JSON.stringify(input) })
    .executionArn as string;
const stop = (executionArn: string) => service.call('StopExecution', { executionArn });
const config = { ...DEFAULT_JOB, seed: 7 };

it('finds the newest execution that runs with this config, however its input says it', async () => {
  expect(await findRunningExecution(client, MACHINE, config)).toBeUndefined();
  stop(start('ended', { seed: 7 }));
  const first = start('first', { seed: 7 });
  start('other', { seed: 8 });
  start('strange', { sead: 7 });
  expect(await findRunningExecution(client, MACHINE, config)).toEqual({
    runId: 'first',
    executionArn: first,
  });
  const third = start('third.2', { seed: 7, batchSize: DEFAULT_JOB.batchSize });
  expect(await findRunningExecution(client, MACHINE, config)).toEqual({
    runId: 'third',
    executionArn: third,
  });
});

it('finds that of one run, whichever of its executions it is', async () => {
  start('run', { seed: 9 });
  const later = start('run.11', { seed: 7 });
  start('runaway', { seed: 7 });
  expect(await findRunningExecution(client, MACHINE, config, 'run')).toEqual({
    runId: 'run',
    executionArn: later,
  });
  expect(await findRunningExecution(client, MACHINE, config, 'nobody')).toBeUndefined();
});

it('takes a config that leaves sizes to the dataset for the same as one that names them', async () => {
  const sized = (layers: number[]) => ({ ...DEFAULT_JOB, seed: 11, layers });
  const executionArn = start('open', { layers: [60], seed: 11 });
  for (const layers of [
    [OPEN, 60, OPEN],
    [784, 60, 10],
  ]) {
    expect(await findRunningExecution(client, MACHINE, sized(layers))).toEqual({
      runId: 'open',
      executionArn,
    });
  }
  expect(await findRunningExecution(client, MACHINE, sized([OPEN, 61, OPEN]))).toBeUndefined();
  stop(executionArn);
  const named = start('named', { layers: [784, 60, 10], seed: 11 });
  expect(await findRunningExecution(client, MACHINE, sized([OPEN, 60, OPEN]))).toMatchObject({
    executionArn: named,
  });
});

it('names an execution after those that the run has had, or finds the one that runs', async () => {
  expect(await nextExecution(client, MACHINE, 'new')).toEqual({ name: 'new' });
  for (const name of ['new', 'new.1', 'new.3']) stop(start(name, {}));
  expect(await nextExecution(client, MACHINE, 'new')).toEqual({ name: 'new.2' });
  const executionArn = start('new.2', {});
  expect(await nextExecution(client, MACHINE, 'new')).toEqual({ executionArn });
});
