/**
 * `npm run train`: starts a run in the deployed cloud (`--stack`) or in the running local cloud, and follows it.
 */
import { datasetName } from '../../core/ingest/catalogue/user-dataset.ts';
import { OUTPUTS } from '../../functions/contract/stacks.ts';
import { executionName } from '../../functions/schemas/parts.ts';
import { checkName } from '../cli/arguments.ts';
import { runJobCommand } from '../cli/command.ts';
import { findRunningExecution } from '../client/executions.ts';
import { checkBegun, newRunName, showToItsEnd, startAndShow } from '../client/run.ts';
import { findTarget, TARGET_OPTIONS } from '../client/target.ts';

const HELP = `npm run train -- [options]
  --stack NAME    train in the cloud: the name the app was deployed under (default: the running local cloud)
  --data FOLDER   the local cloud's data folder (default .stepnet)
  --config FILE   the run's config as JSON
  --<field> VALUE one field of it, e.g. --iterations 2000 --learning-rate 0.2 --layers '[784,100,10]'
  --name NAME     the run's id (default: dataset and time); one that runs with this config is followed`;

const OPTIONS = { ...TARGET_OPTIONS, name: { type: 'string' } } as const;

runJobCommand(HELP, OPTIONS, async ({ input, config }, options) => {
  checkName('--name', options.name, executionName);
  const target = await findTarget(options);
  const { name = newRunName(datasetName(config.dataset)) } = options;
  const stateMachineArn = target.output(OUTPUTS.stateMachine);
  const request = { ...target, stateMachineArn, name, input };
  // What a name given by hand means may run already.
  const running =
    options.name === undefined
      ? undefined
      : await findRunningExecution(target.client, stateMachineArn, config, name);
  if (running !== undefined) return showToItsEnd('run', request, running.executionArn, 'goes on');
  await checkBegun(target.store(), name);
  return startAndShow('run', request);
});
