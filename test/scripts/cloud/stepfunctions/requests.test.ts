/** What calls to Step Functions may say, and what answers tell. */
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../functions/contract/limits.ts';
import { type Fields, MACHINE, machineOf, run, serviceOf } from './stand.ts';

const PASSING = machineOf({ It: { Type: 'Pass', End: true } });
const EXECUTION = MACHINE.replace(':stateMachine:', ':execution:');

describe('a call is refused', () => {
  it.each<[string, Fields, string]>([
    ['DescribeExecution', { executionArn: 'x' }, 'InvalidArn'],
    ['GetExecutionHistory', { executionArn: MACHINE }, 'InvalidArn'],
    ['StopExecution', {}, 'InvalidArn'],
    ['StartExecution', { stateMachineArn: 'tried' }, 'InvalidArn'],
    ['ListExecutions', { stateMachineArn: `${EXECUTION}:x` }, 'InvalidArn'],
    ['ListExecutions', { mapRunArn: MACHINE }, 'InvalidArn'],
    ['ListExecutions', { stateMachineArn: MACHINE, statusFilter: 'DONE' }, 'ValidationException'],
    ['ListExecutions', { stateMachineArn: MACHINE, maxResults: 1001 }, 'ValidationException'],
    [
      'ListExecutions',
      { stateMachineArn: MACHINE, mapRunArn: `${MACHINE.replace(':stateMachine:', ':mapRun:')}/It:x` },
      'ValidationException',
    ],
    ['ListStateMachines', { maxResults: 1001 }, 'ValidationException'],
    ['StartExecution', { stateMachineArn: MACHINE, name: 'a\u{1f600}' }, 'InvalidName'],
    ['StartExecution', { stateMachineArn: MACHINE, name: 'a\uffff' }, 'InvalidName'],
    ['StartExecution', { stateMachineArn: MACHINE, name: 'a\u0085' }, 'InvalidName'],
  ])('%s of %j: %s', (action, request, name) => {
    expect(() => serviceOf(PASSING).call(action, request)).toThrow(expect.objectContaining({ name }));
  });

  it('when its input has more bytes than it may, though fewer characters', () => {
    const start = (letters: number) => () => {
      const input = JSON.stringify('ü'.repeat(letters));
      return serviceOf(PASSING).call('StartExecution', { stateMachineArn: MACHINE, input });
    };
    expect(start(LIMITS.stateBytes / 2 - 1)).not.toThrow();
    expect(start(LIMITS.stateBytes / 2)).toThrow(expect.objectContaining({ name: 'ValidationException' }));
  });
});

it('listings tell when an execution has stopped, and descriptions hold its data unless they are not asked for', async () => {
  const { service } = await run(PASSING, { a: 1 });
  const { executions } = service.call('ListExecutions', { stateMachineArn: MACHINE }) as {
    executions: Fields[];
  };
  expect(executions[0]!.stopDate).toBeGreaterThanOrEqual(Number(executions[0]!.startDate));
  const { executionArn } = executions[0]!;
  expect(service.call('DescribeExecution', { executionArn })).toMatchObject({
    input: '{"a":1}',
    output: '{"a":1}',
  });
  const bare = service.call('DescribeExecution', { executionArn, includedData: 'METADATA_ONLY' });
  expect(JSON.stringify(bare)).not.toMatch(/"(input|output)"/);
});

it('a page has a hundred items unless a request says how many', async () => {
  const service = serviceOf(PASSING);
  const started = Array.from({ length: 120 }, () =>
    service.call('StartExecution', { stateMachineArn: MACHINE }),
  );
  const list = (more: Fields) => {
    const answer = service.call('ListExecutions', { stateMachineArn: MACHINE, ...more });
    const { executions, nextToken } = answer as { executions: Fields[]; nextToken?: string };
    return [executions.length, nextToken !== undefined];
  };
  expect(list({})).toEqual([100, true]);
  expect(list({ maxResults: 0 })).toEqual([100, true]);
  expect(list({ maxResults: 119 })).toEqual([119, true]);
  expect(list({ maxResults: 120 })).toEqual([120, false]);
  expect(started).toHaveLength(120);
  await service.close();
});
