/** Who is at work in a simulation besides the functions: whoever starts runs, reads predictions, changes versions. */
import { KEYS } from '../../../functions/contract/keys.ts';
import { runStatus } from '../../../functions/schemas/documents.ts';
import { StepFunctionsService } from '../../cloud/stepfunctions/service.ts';
import { type Expected, json } from './observer.ts';
import type { OperatorEvent } from './operator.ts';
import { type configOf, IMAGE, type parallelConfigOf } from './tiny-dataset.ts';
import type { World } from './world.ts';

export const MODEL = 'digits';

export interface Run {
  name: string;
  config: (ReturnType<typeof configOf> | ReturnType<typeof parallelConfigOf>) & { promotion?: object };
}

/** Milliseconds between looks at an execution. */
const POLL_MS = 1_000;
/** Executions of one run before the faults end, and after that. */
const MOST_ATTEMPTS = 12;
const MOST_WITHOUT_FAULTS = 3;
/** When an execution is killed: its length is seconds to minutes. */
const KILLED_AFTER = [300, 30_000] as const;
const AGAIN_AFTER = [100, 60_000] as const;

/** Starts the run again and again, each time in a new service as after a crash of the whole cloud, until it succeeds. */
export async function finishRun(world: World, { name, config }: Run): Promise<void> {
  const { clock, observer, trace, faults, scenario } = world;
  let withoutFaults = 0;
  for (let attempt = 1; ; attempt++) {
    if (attempt > MOST_ATTEMPTS) faults.end();
    if (faults.areOver && ++withoutFaults > MOST_WITHOUT_FAULTS) {
      observer.violation(`run ${name} does not succeed, though nothing goes wrong any more`);
      return;
    }
    const { status, said } = await execute(world, name, JSON.stringify(config));
    trace.add(name, `execution ${status}${said === '' ? '' : `: ${said}`}`);
    if (status === 'SUCCEEDED') return;
    await clock.sleep(scenario.spread(...AGAIN_AFTER));
  }
}

async function execute(world: World, name: string, input: string): Promise<{ status: string; said: string }> {
  const { app, clock, functions, faults, scenario, trace, observer } = world;
  const stateMachineArn = app.machine.arn;
  const service = new StepFunctionsService([app.machine], functions);
  trace.add(name, 'execution begins');
  const { executionArn } = service.call('StartExecution', { stateMachineArn, name, input });
  const isKilled = faults.draw(['execution killed, begun again']) !== undefined;
  const killAt = isKilled ? clock.now + scenario.spread(...KILLED_AFTER) : Number.POSITIVE_INFINITY;
  for (;;) {
    await clock.sleep(POLL_MS);
    // A run may go on in another execution.
    const { executions } = service.call('ListExecutions', { stateMachineArn, maxResults: 1000 });
    const all = executions as { executionArn: string; status: string }[];
    if (clock.now >= killAt) {
      for (const { executionArn: running } of all) service.call('StopExecution', { executionArn: running });
      return { status: 'ABORTED', said: 'killed' };
    }
    if (all.some(({ status }) => status === 'RUNNING')) continue;
    trace.add(name, `took ${all.length} execution${all.length === 1 ? '' : 's'}`);
    const last = all[0]!.executionArn;
    const { status, error, cause } = service.call('DescribeExecution', { executionArn: last });
    const { events } = service.call('GetExecutionHistory', {
      executionArn: last,
      maxResults: 1000,
      reverseOrder: true,
    });
    if (status !== 'SUCCEEDED') checkFailureIsRecorded(events as Event[]);
    return { status: String(status), said: [error, cause].filter(Boolean).join(': ') };
  }

  /** Where the state that writes down why has succeeded, the reason must be there. */
  function checkFailureIsRecorded(events: Event[]): void {
    const isRecorded = events.some(({ stateExitedEventDetails: state }) => state?.name === 'RecordFailure');
    if (!isRecorded) return;
    const stored = world.read(KEYS.status(name));
    const status = stored && runStatus.parse(json(stored));
    const isExplained = status?.state === 'succeeded' || (status?.state === 'failed' && status.reason !== '');
    if (!isExplained)
      observer.violation(`${name} has failed, its status says ${JSON.stringify(status)} (${executionArn})`);
  }
}

interface Event {
  stateExitedEventDetails?: { name: string };
}

export interface Answer {
  statusCode: number;
  body: string;
}

/** One request for a prediction. undefined when Lambda gave no answer. */
export async function requestPrediction(world: World): Promise<Answer | undefined> {
  const { app, functions, scenario } = world;
  const id = `request-${scenario.below(2 ** 31)}`;
  const event = {
    version: '2.0',
    routeKey: 'POST /predict',
    rawPath: '/predict',
    rawQueryString: `model=${MODEL}`,
    queryStringParameters: { model: MODEL },
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ pixels: IMAGE }),
    isBase64Encoded: false,
    requestContext: { requestId: id, http: { method: 'POST', path: '/predict' } },
  };
  const { payload } = await functions.invoke(app.predict, JSON.stringify(event));
  return payload === undefined ? undefined : (JSON.parse(payload) as Answer);
}

const READS_EVERY = [100, 30_000] as const;

/** Asks for predictions as long as the simulation lasts; each answer must be a whole, verified version's. */
export async function readPredictions(
  world: World,
  expected: Expected,
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    await world.clock.sleep(world.scenario.spread(...READS_EVERY));
    const wasServed = world.observer.isServed;
    const answer = await requestPrediction(world);
    if (answer !== undefined) checkAnswer(world, answer, expected, wasServed);
  }
}

/** @param wasServed whether a version served when the request was made */
export function checkAnswer(
  { observer, faults }: World,
  { statusCode, body }: Answer,
  expected: Expected,
  wasServed: boolean,
): void {
  // Nothing was promoted yet; S3 is in trouble.
  if ((statusCode === 404 && !wasServed) || statusCode === 503) return;
  if (statusCode !== 200) {
    // What is damaged on its way is refused, and nothing can be served instead.
    if (!faults.counts.has('damaged read')) observer.violation(`predict answers ${statusCode}: ${body}`);
    return;
  }
  const { version, probabilities } = JSON.parse(body) as { version: number; probabilities: number[] };
  const document = observer.versions.get(KEYS.version(MODEL, version));
  if (document === undefined) {
    observer.violation(`predict answers with version ${version}, which never was`);
    return;
  }
  const wanted = expected.predictions.get(document.checkpoint.sha256);
  if (JSON.stringify(probabilities) !== JSON.stringify(wanted)) {
    observer.violation(`predict answers ${body}, version ${version} says ${JSON.stringify(wanted)}`);
  }
}

const ACTIONS: OperatorEvent['action'][] = ['promote', 'rollBack', 'startTrial', 'deleteVersion', 'keepLast'];
const ACTS_EVERY = [1_000, 120_000] as const;

/** Changes which version serves, as people do; what is refused is nothing bad. */
export async function operate(world: World, isOver: () => boolean): Promise<void> {
  const { app, clock, functions, scenario, observer } = world;
  while (!isOver()) {
    await clock.sleep(scenario.spread(...ACTS_EVERY));
    if (isOver()) return;
    const version = 1 + scenario.below(observer.versions.size + 1);
    const event: OperatorEvent = { action: scenario.pick(ACTIONS), model: MODEL, version };
    await functions.invoke(app.operator, JSON.stringify(event));
  }
}
