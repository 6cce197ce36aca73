/** The app as it is simulated: the synthesized training workflow, and the bundles of its functions. */
import { ENV } from '../../../functions/contract/environment.ts';
import { FUNCTIONS } from '../../../functions/contract/functions.ts';
import { readAssembly } from '../../cloud/assembly.ts';
import { trainingStateMachineArn } from '../../cloud/connection.ts';
import {
  describeResources,
  type FunctionResource,
  type StateMachineResource,
} from '../../cloud/resources.ts';
import { INVOKED } from '../../planner/structure.ts';
import { type Bundle, bundleAll, type Replacement } from './bundles.ts';

export interface SimulatedFunction {
  fn: FunctionResource;
  entry: string;
  bundle: Bundle;
}

export interface App {
  bucket: string;
  /** Of training. */
  machine: StateMachineResource;
  /** By ARN. */
  functions: ReadonlyMap<string, SimulatedFunction>;
  predict: string;
  /** The function that stands for people who change what serves. */
  operator: string;
}

/** Chunks that one execution trains: so few that runs as short as these go on in others, too. */
const TURNS = 4;
/** The same of rounds. */
const ROUNDS = 2;
const OPERATOR = 'scripts/lab/simulate/operator.ts';
/** Functions of the training workflow and of what reads its result. */
const SIMULATED = new Set<string>([...Object.values(INVOKED), 'record-failure', 'predict']);

/**
 * @param assembly folder of the synthesized app
 * @param replacements changes of the sources, to see that they are noticed
 */
export async function loadApp(assembly: string, replacements: readonly Replacement[] = []): Promise<App> {
  const resources = describeResources(readAssembly(assembly), {
    parameters: {},
    endpoint: 'http://127.0.0.1',
  });
  const arn = trainingStateMachineArn(resources.outputs);
  const machine = resources.stateMachines.find((candidate) => candidate.arn === arn)!;
  const handlers = FUNCTIONS.filter((name) => SIMULATED.has(name)).map(handlerOf);
  const bundles = await bundleAll([...handlers, OPERATOR], replacements);
  const functions = new Map<string, SimulatedFunction>();
  const entryOf = (fn: FunctionResource) => fn.environment.POWERTOOLS_SERVICE_NAME ?? '';
  for (const fn of resources.functions) {
    const entry = entryOf(fn);
    const code = bundles.get(handlerOf(entry)) ?? notSimulated(entry);
    const environment = { ...fn.environment };
    if (ENV.turnsPerExecution in environment) environment[ENV.turnsPerExecution] = String(TURNS);
    if (ENV.roundsPerExecution in environment) environment[ENV.roundsPerExecution] = String(ROUNDS);
    functions.set(fn.arn, { fn: { ...fn, environment }, entry, bundle: code });
  }
  const predict = resources.functions.find((fn) => entryOf(fn) === 'predict')!;
  const operator = { ...predict, name: 'operator', arn: `${predict.arn}-operator` };
  functions.set(operator.arn, { fn: operator, entry: 'operator', bundle: bundles.get(OPERATOR)! });
  return {
    bucket: resources.buckets[0]!.name,
    machine,
    functions,
    predict: predict.arn,
    operator: operator.arn,
  };
}

const handlerOf = (entry: string) => `functions/${entry}/handler.ts`;

const notSimulated =
  (entry: string): Bundle =>
  () => {
    throw new Error(`${entry} is no part of the simulation`);
  };
