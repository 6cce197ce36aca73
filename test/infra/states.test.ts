/** The table of states (functions/contract/states.ts) beside the synthesized state machines. */
import { describe, expect, it } from 'vitest';
import {
  AT_ONCE,
  EVENTS_OUTSIDE_OF_LOOP,
  LIMITS,
  mostTurnsTaken,
  RETRIES,
  ROUNDS_PER_EXECUTION,
  TURNS_PER_EXECUTION,
  turnsTaken,
} from '../../functions/contract/limits.ts';
import { along, PATHS, STATES, type StateName, type Taken } from '../../functions/contract/states.ts';
import { MAX_FILES } from '../../functions/schemas/dataset.ts';
import { INVOKED } from '../../scripts/planner/structure.ts';
import { allResources } from './templates.ts';

interface State {
  Type: string;
  Resource?: string;
  Next?: string;
  Default?: string;
  Choices?: { Next: string }[];
  ItemProcessor?: { StartAt: string; States: States; ProcessorConfig?: { Mode: string } };
  Retry?: { MaxAttempts: number }[];
}
type States = Record<string, State>;

const resources = allResources();
const definitionOf = (machine: string) => {
  const { properties } = resources.find(
    ({ type, id }) => type === 'AWS::StepFunctions::StateMachine' && id === machine,
  )!;
  return JSON.parse(properties.DefinitionString as string) as { States: States; TimeoutSeconds: number };
};
const { States: training, TimeoutSeconds } = definitionOf('Training');
const { TrainRuns } = definitionOf('Sweep').States;
const worker = training.TrainRound!.ItemProcessor!;
const all: States = { ...training, ...worker.States };
const isDistributed = ({ ItemProcessor }: State) => ItemProcessor?.ProcessorConfig?.Mode === 'DISTRIBUTED';

/** Events of a state that is passed at the first try, by what AWS writes of its kind. */
function eventsOf(state: State): number {
  switch (state.Type) {
    case 'Task':
      return 5;
    case 'Map':
      expect(isDistributed(state)).toBe(true);
      return 6;
    default:
      return 2;
  }
}
const followers = ({ Next, Default, Choices = [] }: State) => [
  Next,
  Default,
  ...Choices.map((one) => one.Next),
];

describe('the table of states', () => {
  it('has the states that a run passes, each with the events and the invocation of its kind', () => {
    const { RecordFailure, RunFailed, ...passed } = all;
    const { MapItem, EndSweepRun, ...table } = STATES;
    expect(Object.keys(table).sort()).toEqual(Object.keys(passed).sort());
    for (const [name, state] of Object.entries(passed)) {
      const events = eventsOf(state);
      const invocations = state.Type === 'Task' && /^<\w+Function\.Arn>$/.test(state.Resource!) ? 1 : 0;
      const { [name as StateName]: taken } = STATES as Record<string, Taken>;
      expect([name, taken]).toMatchObject([name, { transitions: 1, events, invocations }]);
    }
  });

  it.each([['preparing', 'start'], ['start', 'turn'], ['round'], ['continuing']] as const)(
    'the states of %s follow each other',
    (...paths) => {
      const names = paths.flatMap((path): readonly StateName[] => PATHS[path]);
      names.slice(1).forEach((name, index) => {
        expect([name, followers(training[names[index]!]!)]).toEqual([name, expect.arrayContaining([name])]);
      });
    },
  );

  it('workers and runs of a sweep are items of distributed Maps, which begin with the first state of their paths', () => {
    const run = TrainRuns!.ItemProcessor!;
    expect([isDistributed(training.TrainRound!), PATHS.worker]).toEqual([true, ['MapItem', worker.StartAt]]);
    const [first] = PATHS.start;
    expect([isDistributed(TrainRuns!), PATHS.sweepRun, first]).toEqual([true, ['MapItem'], run.StartAt]);
    expect(run.States.StartRun!.Next).toBe('TrainingDone');
    expect(followers(run.States.TrainingDone!)).toContain('PromoteModel');
  });

  it("names each state's function as the machine does", () => {
    for (const [name, fn] of Object.entries(INVOKED)) {
      const { properties } = resources.find(({ id }) => all[name]!.Resource === `<${id}.Arn>`)!;
      expect([name, properties.Description]).toEqual([name, `stepnet ${fn}`]);
    }
  });
});

const retriesOf = ({ Retry = [] }: State) => Retry.map(({ MaxAttempts }) => MaxAttempts);
const retried = (state: State) => RETRIES.events * retriesOf(state).reduce((sum, most) => sum + most, 0);
/** That of throttles comes first. */
const throttled = (state: State) => RETRIES.events * retriesOf(state)[0]!;
/** Events of states that are passed once, each tried the most times. No Map is inline. */
const mostOf = (states: State[]): number =>
  states.reduce((sum, state) => sum + eventsOf(state) + retried(state), 0);
/** An execution's own start and end. */
const ENDS = 2;

it('a download has as many attempts as the most files take, of which each brings some', () => {
  const [, , unfinished] = retriesOf(training.DownloadDataset!);
  expect((1 + unfinished!) * AT_ONCE.downloads).toBeGreaterThanOrEqual(2 * MAX_FILES);
});

describe('a history has room for every state tried the most times:', () => {
  it.each([
    ['turn', training.TrainChunk!, TURNS_PER_EXECUTION],
    ['round', training.ReduceRound!, ROUNDS_PER_EXECUTION],
  ] as const)('a %s takes as many of those of its execution as its retries need', (path, state, turns) => {
    const [throttles, most] = retriesOf(state) as [number, number];
    const planned = along(path).events + RETRIES.events * most;
    expect(turns * planned + EVENTS_OUTSIDE_OF_LOOP).toBeLessThanOrEqual(LIMITS.historyEvents);
    for (let retries = 0; retries <= throttles + most; retries++) {
      const events = along(path).events + RETRIES.events * retries;
      expect([retries, turnsTaken(path, retries) * planned]).toEqual([
        retries,
        expect.toSatisfy((room: number) => room >= events && room < events + planned),
      ]);
    }
    expect(turnsTaken(path, most)).toBe(1);
    expect(mostTurnsTaken(path)).toBe(turnsTaken(path, throttles + most));
  });

  it('Training and a run of a sweep outside of their loops, after whose last turn nothing may be left', () => {
    const sweep = definitionOf('Sweep').States;
    for (const states of [training, sweep.TrainRuns!.ItemProcessor!.States]) {
      const { TrainChunk, TrainRound, ReduceRound, ...once } = states;
      const lastTurn = throttled(TrainChunk!);
      // ShardDataset comes again after DownloadDataset.
      const again = once.ShardDataset === undefined ? [] : [once.ShardDataset];
      expect(ENDS + mostOf([...Object.values(once), ...again]) + lastTurn).toBeLessThanOrEqual(
        EVENTS_OUTSIDE_OF_LOOP,
      );
      if (ReduceRound !== undefined) expect(throttled(ReduceRound)).toBeLessThanOrEqual(lastTurn);
    }
  });

  it('the others, and the sweep, though it may have more rungs than any has', () => {
    const { TrainRuns: rung, CollectSweep, SweepDone, ...others } = definitionOf('Sweep').States;
    const rungs = 20 * mostOf([rung!, CollectSweep!, SweepDone!]);
    expect(ENDS + mostOf(Object.values(others)) + rungs).toBeLessThan(LIMITS.historyEvents);
    for (const machine of ['Import', 'Batch']) {
      expect(ENDS + mostOf(Object.values(definitionOf(machine).States))).toBeLessThan(LIMITS.historyEvents);
    }
  });
});

it('Training takes no longer than it may, though every function takes the most', () => {
  const seconds = (fn: string) => resources.find(({ id }) => id === fn)!.properties.Timeout as number;
  expect(TURNS_PER_EXECUTION * seconds('TrainChunkFunction')).toBeLessThan(TimeoutSeconds);
  const round = seconds('TrainWorkerFunction') + seconds('ReduceRoundFunction');
  expect(ROUNDS_PER_EXECUTION * round).toBeLessThan(TimeoutSeconds);
});
