/**
 * `npm run train`: starts a run in the deployed cloud (`--stack`) or in the running local cloud, and follows it.
 */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { SFNClient } from '@aws-sdk/client-sfn';
import { OUTPUTS } from '../functions/shared/contract.ts';
import { parseArguments } from './cli/arguments.ts';
import { reportAndExit } from './cli/exit.ts';
import { checkInput } from './cli/input.ts';
import { newRunName, type RunRequest, showExecution, startExecution } from './cli/run.ts';
import { LOCAL_CREDENTIALS, readLocalCloud, trainingStateMachineArn } from './local/connection.ts';
import { LOCAL_REGION } from './local/intrinsics.ts';

const HELP = `npm run train -- [options]
  --stack NAME    train in the cloud: the name the app was deployed under (default: the running local cloud)
  --data FOLDER   the local cloud's data folder (default .stepnet)
  --config FILE   the run's config as JSON
  --<field> VALUE one field of it, e.g. --iterations 2000 --learning-rate 0.2 --layers '[784,100,10]'
  --name NAME     the run's id (default: dataset and time)`;

async function main(): Promise<number> {
  const { input, options } = parseArguments(process.argv.slice(2), {
    stack: { type: 'string' },
    data: { type: 'string', default: '.stepnet' },
    name: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  });
  if (options.help === true) {
    console.log(HELP);
    return 0;
  }
  const config = checkInput(input);
  const target =
    typeof options.stack === 'string'
      ? await cloudTarget(options.stack)
      : await localTarget(String(options.data));
  const request: RunRequest = {
    ...target,
    name: String(options.name ?? newRunName(config.dataset)),
    input,
  };
  const executionArn = await startExecution(request);
  console.log(`run ${request.name} started`);
  const outcome = await showExecution(request.client, executionArn, input);
  if (!outcome.succeeded) {
    console.error(outcome.message);
    return 1;
  }
  console.log(
    `promoted as ${outcome.model} version ${outcome.version}, test accuracy ${outcome.testAccuracy?.toFixed(4) ?? '-'}`,
  );
  return 0;
}

type Target = Pick<RunRequest, 'client' | 'stateMachineArn'>;

async function localTarget(dataFolder: string): Promise<Target> {
  const cloud = await readLocalCloud(dataFolder);
  return {
    client: new SFNClient({
      endpoint: cloud.endpoints.stepFunctions,
      region: LOCAL_REGION,
      credentials: LOCAL_CREDENTIALS,
    }),
    stateMachineArn: trainingStateMachineArn(cloud.outputs),
  };
}

/** @throws Error when the stack is not there or lacks the output, besides the SDK's own errors */
async function cloudTarget(prefix: string): Promise<Target> {
  const stackName = `${prefix}-training`;
  const stacks = await new CloudFormationClient({}).send(new DescribeStacksCommand({ StackName: stackName }));
  const output = stacks.Stacks?.[0]?.Outputs?.find((entry) => entry.OutputKey === OUTPUTS.stateMachine);
  if (output?.OutputValue === undefined) {
    throw new Error(`stack ${stackName} has no output ${OUTPUTS.stateMachine}: is it deployed?`);
  }
  return { client: new SFNClient({}), stateMachineArn: output.OutputValue };
}

reportAndExit(main);
