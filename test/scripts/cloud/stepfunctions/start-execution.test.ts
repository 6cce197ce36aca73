/** Executions that start executions: Step Functions' integration with itself, on the interpreter. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { FunctionInvoker } from '../../../../scripts/cloud/lambda/container.ts';
import type { HistoryEvent } from '../../../../scripts/cloud/stepfunctions/history-event.ts';
import { StepFunctionsService } from '../../../../scripts/cloud/stepfunctions/service.ts';

const arnOf = (machine: string) => `arn:aws:states:us-east-1:000000000000:stateMachine:${machine}`;
const START = {
  Type: 'Task',
  Resource: 'arn:aws:states:::states:startExecution',
  Parameters: { 'StateMachineArn.$': '$.machine', 'Name.$': '$.name', 'Input.$': '$$.Execution.Input' },
  TimeoutSeconds: 60,
  ResultPath: null,
};
const caught = { ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Caught' };
const machines = {
  caller: {
    StartAt: 'Start',
    States: { Start: { ...START, Catch: [caught], End: true }, Caught: { Type: 'Pass', End: true } },
  },
  persistent: {
    StartAt: 'Start',
    States: {
      Start: {
        ...START,
        Retry: [{ ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 1, MaxAttempts: 1 }],
        End: true,
      },
    },
  },
  called: { StartAt: 'Done', States: { Done: { Type: 'Succeed' } } },
  slow: { StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 60, End: true } } },
};
/** These machines have none. */
const NO_FUNCTIONS: FunctionInvoker = {
  has: () => false,
  invoke: () => Promise.reject(new Error('no function is called')),
};

let service: StepFunctionsService;
beforeEach(() => {
  const resources = Object.entries(machines).map(([name, definition]) => ({
    name,
    arn: arnOf(name),
    definition,
  }));
  service = new StepFunctionsService(resources, NO_FUNCTIONS);
  return () => service.close();
});

const start = (machine: string, name: string, input: object) =>
  service.call('StartExecution', {
    stateMachineArn: arnOf(machine),
    name,
    input: JSON.stringify(input),
  }).executionArn as string;
async function ended(executionArn: string): Promise<Record<string, unknown>> {
  for (;;) {
    const execution = service.call('DescribeExecution', { executionArn });
    if (execution.status !== 'RUNNING') return execution;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
const executionArn = (machine: string, name: string) =>
  `${arnOf(machine).replace(':stateMachine:', ':execution:')}:${name}`;
const events = (arn: string) =>
  service.call('GetExecutionHistory', { executionArn: arn }).events as HistoryEvent[];
const outputOf = ({ output }: Record<string, unknown>) => JSON.parse(String(output)) as unknown;

describe('startExecution', () => {
  it('starts an execution of that name with that input, and does not wait for it', async () => {
    const input = { machine: arnOf('slow'), name: 'a.1' };
    const caller = await ended(start('caller', 'a', input));
    expect(caller).toMatchObject({ status: 'SUCCEEDED' });
    // Its result is discarded.
    expect(outputOf(caller)).toEqual(input);
    const called = service.call('DescribeExecution', { executionArn: executionArn('slow', 'a.1') });
    expect(called).toMatchObject({ status: 'RUNNING', input: JSON.stringify(input) });
  });

  it('leaves the events of a service integration in the history', async () => {
    const input = { machine: arnOf('called'), name: 'a.1' };
    const arn = start('caller', 'a', input);
    await ended(arn);
    const history = events(arn);
    expect(history.map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
    const { taskSucceededEventDetails } = history[4] as unknown as {
      taskSucceededEventDetails: { resourceType: string; resource: string; output: string };
    };
    expect(taskSucceededEventDetails).toMatchObject({ resourceType: 'states', resource: 'startExecution' });
    expect(JSON.parse(taskSucceededEventDetails.output)).toMatchObject({
      ExecutionArn: executionArn('called', 'a.1'),
    });
  });

  it('a second time, while it runs and with the same input, finds it', async () => {
    const input = { machine: arnOf('slow'), name: 'a.1' };
    await ended(start('caller', 'a', input));
    expect(await ended(start('caller', 'b', input))).toMatchObject({ status: 'SUCCEEDED' });
    const { executions } = service.call('ListExecutions', { stateMachineArn: arnOf('slow') });
    expect(executions).toHaveLength(1);
  });

  it.each([
    ['a name that has been used', 'called', 'a.1', 'StepFunctions.ExecutionAlreadyExistsException'],
    ['an unknown machine', 'nobody', 'a.1', 'StepFunctions.StateMachineDoesNotExistException'],
  ])('fails as the service does for %s', async (_, machine, name, error) => {
    await ended(start('called', 'a.1', {}));
    const arn = start('caller', 'a', { machine: arnOf(machine), name });
    expect(outputOf(await ended(arn))).toMatchObject({ error: { Error: error } });
    expect(events(arn).map(({ type }) => type)).toContain('TaskFailed');
  });

  it('is tried again as the state says', async () => {
    const arn = start('persistent', 'a', { machine: arnOf('nobody'), name: 'a.1' });
    expect(await ended(arn)).toMatchObject({
      status: 'FAILED',
      error: 'StepFunctions.StateMachineDoesNotExistException',
    });
    expect(events(arn).filter(({ type }) => type === 'TaskFailed')).toHaveLength(2);
  });
});

it('a service that closes starts nothing more, also not for an execution that is just about to', async () => {
  const arn = start('caller', 'a', { machine: arnOf('called'), name: 'a.1' });
  const closing = service.close();
  expect(() => start('called', 'b', {})).toThrow('the local cloud is closing');
  await closing;
  expect(service.call('DescribeExecution', { executionArn: arn })).toMatchObject({ status: 'RUNNING' });
  expect(service.call('ListExecutions', { stateMachineArn: arnOf('called') }).executions).toEqual([]);
});
