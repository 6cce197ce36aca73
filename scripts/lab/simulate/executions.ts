/** Executions of the app's state machines, begun again and again until they succeed. */
import { KEYS } from '../../../functions/contract/keys.ts';
import { runStatus } from '../../../functions/schemas/documents.ts';
import { ExecutionStore } from '../../cloud/stepfunctions/execution-store.ts';
import { StepFunctionsService } from '../../cloud/stepfunctions/service.ts';
import type { MachineName } from './app.ts';
import { RESTART } from './faults.ts';
import { json } from './observer.ts';
import type { World } from './world.ts';

export interface Job {
  machine: MachineName;
  name: string;
  input: unknown;
}

/** Milliseconds between looks at an execution. */
const POLL_MS = 1_000;
/** Executions of one job before the faults end, and after that. */
const MOST_ATTEMPTS = 12;
const MOST_WITHOUT_FAULTS = 3;
/** When an execution is killed: its length is seconds to minutes. */
const KILLED_AFTER = [300, 30_000] as const;
const AGAIN_AFTER = [100, 60_000] as const;
/** Share of the executions on whose way the local Step Functions ends, how long it lives then, and how long there is none. */
const RESTARTED = 0.3;
const LIVES = [300, 60_000] as const;
const DOWN = [1, 20_000] as const;
/** An execution advances a run by four steps at least, of 25: what takes more of them makes no progress. */
const MOST_EXECUTIONS = 8;
/** Far more than any takes, however often its functions run out of time. */
const MOST_MS = 36 * 3600_000;
/** What ends executions by no fault of theirs: trouble of the services, again and again. */
const EXPLAINED =
  /^(Lambda\..*|Runtime\.ExitError|Sandbox\.Timedout|StorageUnavailableError|States\.Timeout|DownloadError)$/;

/** What is read otherwise than it was written is another thing. */
const DAMAGED = /^(Integrity|Conflict|Dataset)Error$/;

/**
 * Starts it again and again, each time in a new service as after a crash of the whole cloud, until it succeeds.
 *
 * @returns false when it never does, which is a violation unless `mayFail` says why it had to
 */
export async function finish(
  world: World,
  job: Job,
  mayFail: (error: string) => boolean = () => false,
): Promise<boolean> {
  const { clock, observer, trace, faults, scenario } = world;
  const { name } = job;
  let withoutFaults = 0;
  for (let attempt = 1; ; attempt++) {
    if (attempt > MOST_ATTEMPTS) faults.end();
    if (faults.areOver && ++withoutFaults > MOST_WITHOUT_FAULTS) {
      observer.violation(`${name} does not succeed, though nothing goes wrong any more`);
      return false;
    }
    const { status, error, cause } = await execute(world, job);
    trace.add(name, `execution ${[status, error, cause].filter(Boolean).join(': ')}`);
    if (status === 'SUCCEEDED') return true;
    if (status === 'FAILED') {
      if (mayFail(error)) return false;
      // Children that fail are a Map's own error, which says nothing of theirs.
      const isExplained =
        EXPLAINED.test(error) ||
        error.startsWith('States.ExceedToleratedFailure') ||
        (DAMAGED.test(error) && faults.counts.has('damaged read'));
      if (!isExplained) observer.violation(`${name} fails by itself: ${error}: ${cause}`);
    }
    await clock.sleep(scenario.spread(...AGAIN_AFTER));
  }
}

interface Ending {
  status: string;
  error: string;
  cause: string;
}

async function execute(world: World, { machine, name, input }: Job): Promise<Ending> {
  const { app, clock, functions, faults, scenario, trace, observer, restarts } = world;
  const stateMachineArn = app.machines[machine].arn;
  const store = new ExecutionStore(':memory:');
  const begin = () =>
    new StepFunctionsService([app.machines[machine]], functions, async (_, key) => world.read(key), {
      writeObject: async (_, key, body) => world.upload(key, body),
      store,
    });
  const draw = () => clock.now + restarts.spread(...LIVES);
  let service = begin();
  let restartAt = restarts.chance(RESTARTED) ? draw() : Number.POSITIVE_INFINITY;
  trace.add(name, 'execution begins');
  const { executionArn } = service.call('StartExecution', {
    stateMachineArn,
    name,
    input: JSON.stringify(input),
  });
  const isKilled = faults.draw(['execution killed, begun again']) !== undefined;
  const killAt = isKilled ? clock.now + scenario.spread(...KILLED_AFTER) : Number.POSITIVE_INFINITY;
  const begun = clock.now;
  for (;;) {
    await clock.sleep(POLL_MS);
    if (clock.now >= restartAt && !faults.areOver) {
      faults.spend(RESTART);
      trace.add(name, 'Step Functions ends');
      await service.close();
      await clock.sleep(restarts.spread(...DOWN));
      service = begin();
      trace.add(name, `Step Functions goes on with ${service.running} executions`);
      restartAt = draw();
    }
    // A run may go on in another execution.
    const { executions } = service.call('ListExecutions', { stateMachineArn, maxResults: 1000 });
    const all = executions as { executionArn: string; status: string }[];
    const isEndless = all.length > MOST_EXECUTIONS || clock.now > begun + MOST_MS;
    if (isEndless) observer.violation(`${name} goes on and on: ${all.length} executions`);
    if (clock.now >= killAt || isEndless) {
      for (const { executionArn: running } of all) service.call('StopExecution', { executionArn: running });
      return { status: 'ABORTED', error: '', cause: 'killed' };
    }
    if (all.some(({ status }) => status === 'RUNNING')) continue;
    trace.add(name, `took ${all.length} execution${all.length === 1 ? '' : 's'}`);
    const last = all[0]!.executionArn;
    const described = service.call('DescribeExecution', { executionArn: last });
    const { events } = service.call('GetExecutionHistory', {
      executionArn: last,
      maxResults: 1000,
      reverseOrder: true,
    });
    const { status, error = '', cause = '' } = described;
    if (status !== 'SUCCEEDED') checkFailureIsRecorded(events as Event[]);
    return { status: String(status), error: String(error), cause: String(cause) };
  }

  /** Where the state that writes down why has succeeded, the reason must be there. */
  function checkFailureIsRecorded(events: Event[]): void {
    // A state that has failed is left, too, where its Catch says what is next.
    const isRecorded = events.some(
      ({ stateExitedEventDetails: state, previousEventId }) =>
        state?.name === 'RecordFailure' &&
        events.some(({ id, type }) => id === previousEventId && type.endsWith('Succeeded')),
    );
    if (!isRecorded || machine === 'sweep') return;
    const stored = world.read(KEYS.status(name));
    const status = stored && runStatus.parse(json(stored));
    const isExplained = status?.state === 'succeeded' || (status?.state === 'failed' && status.reason !== '');
    if (!isExplained)
      observer.violation(`${name} has failed, its status says ${JSON.stringify(status)} (${executionArn})`);
  }
}

interface Event {
  id: number;
  previousEventId: number;
  type: string;
  stateExitedEventDetails?: { name: string };
}
