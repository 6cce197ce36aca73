/** Mistakes in what may be changed over HTTP: runs that are started and stopped, versions that are promoted. */
import { type Mutation, mistake } from './mutation.ts';

const MANAGE = ['test/functions/manage', 'test/functions/executions'];
const START = 'functions/manage/start-run.ts';
const AT_WORK = 'functions/executions/at-work.ts';
const SERVING = 'infra/serving-stack.ts';
const SETTINGS = 'test/infra/settings/serving.test.ts';

export const IN_MANAGING: readonly Mutation[] = [
  mistake(
    'a request that is sent again says that it has begun a run',
    START,
    'if (before !== undefined) return before;',
    '',
    MANAGE,
  ),
  mistake(
    'another config under the same name is taken for the same',
    START,
    'if (isSameJob(config, other)) return;',
    'return;',
    MANAGE,
  ),
  mistake(
    'a run that succeeded long ago is trained again',
    START,
    "ended === 'succeeded' && executionName === id",
    'false',
    MANAGE,
  ),
  mistake(
    'a request begins an execution of a run that is not there',
    START,
    'executionName !== id',
    'false',
    MANAGE,
  ),
  mistake('a run of a sweep can be started alone', START, 'run?.sweep !== undefined', 'false', MANAGE),
  mistake(
    'what a page may send unasked changes something',
    'functions/manage/manage.ts',
    'type.trim().toLowerCase() !== JSON_TYPE',
    "type !== '' && type.trim().toLowerCase() !== JSON_TYPE && !type.startsWith('text/')",
    MANAGE,
  ),
  mistake(
    'a run is stopped by the beginning of its name',
    AT_WORK,
    'runIdOf(name) === runId',
    'name.startsWith(runId)',
    MANAGE,
  ),
  mistake(
    'an execution that was just started to go on with a run is not stopped',
    AT_WORK,
    "'running' in next",
    "'running' in next && stopped.size === 0",
    MANAGE,
  ),
  mistake(
    'a run that was stopped says that it is under way',
    AT_WORK,
    'await setStopped(store, runId, now())',
    'await Promise.resolve()',
    MANAGE,
  ),
  mistake(
    'a StartRun that was under way brings back a run that was stopped',
    'functions/run/status.ts',
    "state === 'failed' || stoppedAt !== undefined",
    "state === 'failed'",
    'test/functions/run/status.test.ts',
  ),
  mistake(
    'a rollback that is sent again goes back once more',
    'functions/models/registry.ts',
    'from !== undefined && present.version !== from',
    'false',
    'test/functions/models/registry.test.ts',
  ),
  mistake(
    'openapi.json tells of routes that are not there',
    'functions/predict/openapi.ts',
    "manages && manage === 'off'",
    'false',
    'test/functions/predict/openapi.test.ts',
  ),
  mistake(
    'routes that change something are as open as the others',
    SERVING,
    "const isSigned = props.manage === 'iam';",
    'const isSigned = false;',
    [SETTINGS, 'test/infra/lint.test.ts'],
  ),
  mistake(
    'everybody may start runs in a deployment, and nobody was asked',
    SERVING,
    "!isSigned && props.auth.kind === 'none'",
    'false',
    SETTINGS,
  ),
  mistake(
    'the training stack takes its export back when its importer lets go',
    'infra/training-stack.ts',
    'this.exportValue(training.stateMachineArn);',
    '',
    SETTINGS,
  ),
  mistake(
    'a function may ask the local Step Functions for anything',
    'scripts/cloud/cloud.ts',
    'authorizer?.checkStates(...call)',
    'undefined',
    'test/scripts/cloud/iam/enforced.test.ts',
  ),
  mistake(
    'a page whose own name leads to this machine is answered',
    'scripts/cloud/http/gateway.ts',
    '!isLoopbackName(headers.host)',
    'false',
    'test/scripts/cloud/http/gateway.test.ts',
  ),
  mistake(
    'such a page may ask Step Functions',
    'scripts/cloud/stepfunctions/server.ts',
    '!isLoopbackName(request.headers.host)',
    'false',
    'test/scripts/cloud/stepfunctions/server.test.ts',
  ),
];
