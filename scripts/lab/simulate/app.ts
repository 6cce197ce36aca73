/** The app as it is simulated: the synthesized training workflow, and the bundles of its functions. */
import { ENV } from '../../../functions/contract/environment.ts';
import { FUNCTIONS } from '../../../functions/contract/functions.ts';
import { OUTPUTS } from '../../../functions/contract/stacks.ts';
import { readAssembly } from '../../cloud/assembly.ts';
import {
  describeResources,
  type FunctionResource,
  type StateMachineResource,
} from '../../cloud/resources.ts';
import type { Change } from '../mutations/apply.ts';
import { type Bundle, bundleAll } from './bundles.ts';

export interface SimulatedFunction {
  fn: FunctionResource;
  entry: string;
  bundle: Bundle;
}

/** State machines, by the stacks' outputs that name them. */
const MACHINES = {
  training: OUTPUTS.stateMachine,
  import: OUTPUTS.importStateMachine,
  sweep: OUTPUTS.sweepStateMachine,
  batch: OUTPUTS.batchStateMachine,
} as const;
export type MachineName = keyof typeof MACHINES;

export interface App {
  bucket: string;
  machines: Readonly<Record<MachineName, StateMachineResource>>;
  /** By ARN. */
  functions: ReadonlyMap<string, SimulatedFunction>;
  predict: string;
  /** ARN of a function by its folder. */
  arnOf: (entry: string) => string;
  /** The function that stands for people who change what serves. */
  operator: string;
}

/** Chunks that one execution trains: so few that runs as short as these go on in others, too. */
const TURNS = 4;
/** The same of rounds. */
const ROUNDS = 2;
const OPERATOR = 'scripts/lab/simulate/operator.ts';
/** All but what alarms start. */
const LEFT_OUT = new Set<string>(['rollback-model']);

/**
 * @param assembly folder of the synthesized app
 * @param changes mistakes to plant, to see that they are noticed
 */
export async function loadApp(assembly: string, changes: readonly Change[] = []): Promise<App> {
  const resources = describeResources(readAssembly(assembly), {
    parameters: {},
    endpoint: 'http://127.0.0.1',
  });
  const outputs = Object.assign({}, ...Object.values(resources.outputs)) as Record<string, string>;
  const machineOf = (name: MachineName) =>
    resources.stateMachines.find(({ arn }) => arn === outputs[MACHINES[name]])!;
  const machines = {
    training: machineOf('training'),
    import: machineOf('import'),
    sweep: machineOf('sweep'),
    batch: machineOf('batch'),
  };
  const handlers = FUNCTIONS.filter((name) => !LEFT_OUT.has(name)).map(handlerOf);
  const bundles = await bundleAll([...handlers, OPERATOR], changes);
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
  const named = (entry: string) => resources.functions.find((fn) => entryOf(fn) === entry)!;
  const predict = named('predict');
  const operator = { ...predict, name: 'operator', arn: `${predict.arn}-operator` };
  functions.set(operator.arn, { fn: operator, entry: 'operator', bundle: bundles.get(OPERATOR)! });
  return {
    bucket: resources.buckets[0]!.name,
    machines,
    functions,
    predict: predict.arn,
    operator: operator.arn,
    arnOf: (entry) => named(entry).arn,
  };
}

const handlerOf = (entry: string) => `functions/${entry}/handler.ts`;

const notSimulated =
  (entry: string): Bundle =>
  () => {
    throw new Error(`${entry} is no part of the simulation`);
  };
