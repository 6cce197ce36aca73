/** Mistakes in what is deployed: permissions, retries, the order of states, alarms, settings. */
import { type Mutation, mistake } from './mutation.ts';

const INFRA = 'test/infra';
const MACHINES = ['test/infra/state-machines.test.ts', 'test/infra/states.test.ts'];

export const INFRA_MISTAKES: readonly Mutation[] = [
  mistake(
    'a failure cannot be recorded where a run has a status',
    'infra/training-functions.ts',
    "make('record-failure').uses(bucket, { read: [status], write: [status] })",
    "make('record-failure').uses(bucket, { write: [status] })",
    [INFRA, 'test/scripts/cloud/iam/enforced.test.ts'],
  ),
  mistake(
    'storage that does not answer fails a run at once',
    'infra/retries.ts',
    "'StorageUnavailableError'",
    "'StorageError'",
    MACHINES,
  ),
  mistake(
    'a throttled state gives up after half a minute',
    'infra/retries.ts',
    'RETRIES.throttles[patience]',
    'RETRIES.most',
    [...MACHINES, 'test/scripts/cloud/stepfunctions/retries.test.ts'],
  ),
  mistake(
    'tries come back all at the same moment',
    'infra/retries.ts',
    'JitterType.FULL',
    'JitterType.NONE',
    MACHINES,
  ),
  mistake(
    'a run goes on in another execution only after its history is full',
    'infra/training-workflow.ts',
    "Condition.numberLessThanEquals('$.loop.turnsLeft', 0)",
    "Condition.numberLessThan('$.loop.turnsLeft', 0)",
    [...MACHINES, 'test/functions/contract', 'test/scripts/cloud/long-runs'],
  ),
  mistake(
    'rounds have as many workers at once as there are',
    'infra/workflow-states.ts',
    'maxConcurrency: atOnce',
    'maxConcurrency: 1000',
    INFRA,
  ),
  mistake(
    "a sweep's results pass through its state",
    'infra/sweep-stack.ts',
    'resultWriterV2: new ResultsWriter(bucket, sweepMapRuns),',
    '',
    [...MACHINES, 'test/scripts/cloud/stepfunctions/many-items.test.ts'],
  ),
  mistake(
    'CDK leaves the writers of results out',
    'infra/stacks.ts',
    'app.node.setContext(STEPFUNCTIONS_USE_DISTRIBUTED_MAP_RESULT_WRITER_V2, true);',
    '',
    [...MACHINES, 'test/scripts/cloud/stepfunctions/many-items.test.ts'],
  ),
  mistake(
    'a task is given up before its function',
    'infra/workflow-states.ts',
    'fn.timeout!.plus(TASK_GRACE)',
    'fn.timeout!.minus(TASK_GRACE)',
    INFRA,
  ),
  mistake(
    'the API is open to everybody',
    'infra/serving-stack.ts',
    'defaultAuthorizer: authorizer(props.auth)',
    'defaultAuthorizer: new HttpNoneAuthorizer()',
    INFRA,
  ),
  mistake(
    'a token for anybody is a token for us',
    'infra/serving-stack.ts',
    'jwtAudience: auth.audience',
    "jwtAudience: ['*']",
    INFRA,
  ),
  mistake(
    'the bucket can be reached with TLS 1.0',
    'infra/storage-stack.ts',
    'minimumTLSVersion: 1.2',
    '',
    INFRA,
  ),
  mistake(
    'the bucket goes with its stack',
    'infra/storage-stack.ts',
    'destroyData ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN',
    'RemovalPolicy.DESTROY',
    INFRA,
  ),
  mistake(
    'checkpoints expire with the parts of rounds',
    'infra/storage-stack.ts',
    'prefix: KEYS.roundsPrefix',
    'prefix: KEYS.runsPrefix',
    INFRA,
  ),
  mistake('alarms tell nobody', 'infra/monitoring/alarms.ts', 'alarm.addAlarmAction(action)', '', INFRA),
  mistake(
    'the trial of a bad candidate goes on',
    'infra/monitoring/serving.ts',
    'new LambdaAction(props.rollback, { useUniquePermissionId: true })',
    'new LambdaAction(props.predict, { useUniquePermissionId: true })',
    INFRA,
  ),
  mistake(
    'functions log what they were given',
    'infra/machines.ts',
    'includeExecutionData: false',
    'includeExecutionData: true',
    INFRA,
  ),
  mistake(
    'a setting of several audiences keeps its spaces',
    'infra/settings/serving.ts',
    'part.trim()',
    'part',
    'test/infra/settings.test.ts',
  ),
];
