import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { countEvents } from '../../../scripts/planner/record.ts';

const at = (seconds: number) => new Date(seconds * 1000);
const event = (type: string, seconds: number, more: object = {}) =>
  ({ id: 1, type, timestamp: at(seconds), ...more }) as HistoryEvent;
const entered = (type: string, name: string, seconds: number) =>
  event(`${type}StateEntered`, seconds, { stateEnteredEventDetails: { name } });

describe('what the histories of a run count', () => {
  it('is states entered, and tasks that were tried again', () => {
    const history = [
      event('ExecutionStarted', 10),
      entered('Task', 'TrainChunk', 10),
      event('LambdaFunctionScheduled', 11),
      event('LambdaFunctionFailed', 12),
      event('LambdaFunctionScheduled', 13),
      event('LambdaFunctionSucceeded', 14),
      entered('Choice', 'TrainingDone', 15),
      entered('Task', 'ContinueRun', 16),
      event('TaskScheduled', 16),
      event('TaskSucceeded', 17),
      entered('Pass', 'RunContinues', 17),
      event('ExecutionSucceeded', 18.5),
    ];
    expect(countEvents([history])).toEqual({
      executions: 1,
      transitions: 4 + 1,
      invocations: 2,
      seconds: 8.5,
    });
    expect(
      countEvents([history, [event('ExecutionStarted', 30), event('ExecutionSucceeded', 31)]]),
    ).toMatchObject({
      executions: 2,
      transitions: 5,
      seconds: 21,
    });
  });

  it('is the start of each child of a Distributed Map, too, but no state that only the local cloud has', () => {
    const history = [
      entered('Task', 'TrainRound.ItemReader', 1),
      entered('Map', 'TrainRound', 2),
      event('MapIterationStarted', 3, { mapIterationStartedEventDetails: { name: 'TrainRound', index: 0 } }),
      entered('Task', 'TrainWorker', 3),
      event('LambdaFunctionScheduled', 3),
    ];
    expect(countEvents([history])).toMatchObject({ transitions: 3, invocations: 1 });
  });
});
