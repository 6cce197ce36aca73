/**
 * Refuses definitions that Step Functions would refuse, and what it takes but the local cloud doesn't run as it does.
 *
 * What is allowed is listed, not what is forbidden, so that a field nobody has tried is refused too.
 */
import { problemsOf } from './asl/check.ts';
import { isOperator } from './asl/choice.ts';
import { allStates, type Fields, innerMachines, isDistributed, type NamedState } from './asl/definition.ts';
import type { State } from './asl/run.ts';
import { expressionsOf } from './asl/templates.ts';
import { START_EXECUTION } from './invocations.ts';

const PATHS = ['InputPath', 'OutputPath'];
const RESULT = ['Parameters', 'ResultSelector', 'ResultPath', 'Retry', 'Catch'];
const STATE_FIELDS: Record<string, readonly string[]> = {
  Task: [...PATHS, ...RESULT, 'Resource', 'TimeoutSeconds', 'TimeoutSecondsPath'],
  Map: [
    ...PATHS,
    ...RESULT,
    'ItemsPath',
    'ItemSelector',
    'ItemProcessor',
    'Iterator',
    'MaxConcurrency',
    'MaxConcurrencyPath',
  ],
  Parallel: [...PATHS, ...RESULT, 'Branches'],
  Pass: [...PATHS, 'Result', 'Parameters', 'ResultPath'],
  Wait: [...PATHS, 'Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'],
  Choice: [...PATHS, 'Choices', 'Default'],
  Succeed: PATHS,
  Fail: ['Error', 'ErrorPath', 'Cause', 'CausePath'],
};
const TOLERATED = ['ToleratedFailureCount', 'ToleratedFailurePercentage'].flatMap((field) => [
  field,
  `${field}Path`,
]);
const DISTRIBUTED_FIELDS = [...STATE_FIELDS.Map!, ...TOLERATED, 'ItemReader', 'ResultWriter', 'Label'];
const ANY_STATE = ['Type', 'Comment', 'QueryLanguage', 'Next', 'End'];
const MACHINE_FIELDS = ['Comment', 'QueryLanguage', 'StartAt', 'States', 'TimeoutSeconds', 'Version'];
const INNER_MACHINE_FIELDS = ['Comment', 'StartAt', 'States'];
const CATCHER_FIELDS = ['Comment', 'ErrorEquals', 'Next', 'ResultPath'];
const WAITING = ['IntervalSeconds', 'MaxAttempts', 'BackoffRate', 'MaxDelaySeconds', 'JitterStrategy'];
const RETRIER_FIELDS = ['Comment', 'ErrorEquals', ...WAITING];
const RULE_FIELDS = ['Comment', 'Next', 'Variable', 'And', 'Or', 'Not'];
const START_PARAMETERS = ['StateMachineArn.$', 'Name.$', 'Input.$'];
const READER = /^arn:[\w-]+:states:::s3:getObject$/;
const WRITER = /^arn:[\w-]+:states:::s3:putObject$/;
const MOST_ITEMS = 100_000_000;

/** What the context object holds: everywhere, and where a Map makes its items or in the states of an inline one. */
const CONTEXT =
  /^\$\$(\.(Execution(\.(Id|Input\b.*|Name|RoleArn|StartTime|RedriveCount))?|StateMachine(\.(Id|Name))?|State(\.(Name|EnteredTime|RetryCount))?))?$/;
const ITEM_CONTEXT = /^\$\$\.Map(\.Item(\.(Index|Value\b.*))?)?$/;
/** What of it nobody has recorded in the children of a Distributed Map. */
const NOT_IN_CHILDREN = /^\$\$(\.StateMachine.*)?$/;

/**
 * @param isFunction whether an ARN is a function of this app
 * @throws Error naming each state and what it uses that can't be run faithfully, or why it is no state machine
 */
export function assertFaithful(definition: unknown, isFunction: (arn: string) => boolean): void {
  const wrong = problemsOf(definition);
  if (wrong.length > 0) throw new Error(`this is no state machine: ${wrong.join('; ')}`);
  const machine = definition as Fields;
  const problems = [...unknownFields(machine, MACHINE_FIELDS), ...languageProblems(machine)];
  for (const named of allStates(definition)) {
    problems.push(...stateProblems(named, isFunction).map((problem) => `${named.name}: ${problem}`));
  }
  if (problems.length > 0) {
    throw new Error(`the local cloud can't run this state machine faithfully: ${problems.join('; ')}`);
  }
}

function stateProblems({ state, where }: NamedState, isFunction: (arn: string) => boolean): string[] {
  const list = (field: string) => (Array.isArray(state[field]) ? state[field] : []) as Fields[];
  const known = isDistributed(state) ? DISTRIBUTED_FIELDS : STATE_FIELDS[state.Type]!;
  const problems = [
    ...unknownFields(state, [...ANY_STATE, ...known]),
    ...languageProblems(state),
    ...list('Retry').flatMap((retrier) => unknownFields(retrier, RETRIER_FIELDS)),
    ...list('Catch').flatMap((catcher) => unknownFields(catcher, CATCHER_FIELDS)),
    ...list('Choices').flatMap(ruleProblems),
    ...innerMachines(state).flatMap((inner) => innerProblems(state, inner)),
    ...contextProblems(state, where),
    ...readerProblems(state),
    ...writerProblems(state),
  ];
  if (state.Type === 'Task') {
    if (START_EXECUTION.test(String(state.Resource))) problems.push(...startProblems(state));
    else if (!isFunction(String(state.Resource))) {
      problems.push(`Resource ${String(state.Resource)} is no function of this app`);
    }
  }
  return problems;
}

/** Of a branch, or of what a Map does with an item. */
function innerProblems(state: State, inner: Fields): string[] {
  if (state.Type === 'Parallel') return unknownFields(inner, INNER_MACHINE_FIELDS);
  const { ProcessorConfig = {} } = inner;
  const config = isDistributed(state) ? ['Mode', 'ExecutionType'] : ['Mode'];
  return [
    ...unknownFields(inner, [...INNER_MACHINE_FIELDS, 'ProcessorConfig']),
    ...unknownFields(ProcessorConfig as Fields, config).map((field) => `ProcessorConfig.${field}`),
  ];
}

function startProblems({ Parameters = {}, ResultPath }: State): string[] {
  const given = Object.keys(Parameters as Fields);
  const more = given.filter((field) => !START_PARAMETERS.includes(field));
  const missing = START_PARAMETERS.filter((field) => !given.includes(field));
  const problems = [
    ...more.map((field) => `Parameters.${field}`),
    ...missing.map((field) => `no Parameters["${field}"]`),
  ];
  // It holds what the connection to AWS said of itself.
  if (ResultPath !== null) problems.push('a result of startExecution that is not discarded');
  return problems;
}

function ruleProblems(rule: Fields): string[] {
  const inner = [rule.And, rule.Or, rule.Not].flat().filter((part) => part !== undefined) as Fields[];
  return [
    ...Object.keys(rule).filter((field) => !RULE_FIELDS.includes(field) && !isOperator(field)),
    ...inner.flatMap(ruleProblems),
  ];
}

/** Of a JSON array in S3, the items may be read. */
function readerProblems({ ItemReader, ItemsPath }: State): string[] {
  if (ItemReader === undefined) return [];
  const { Resource, ReaderConfig = {}, Parameters = {}, ...more } = ItemReader as Fields;
  const { InputType, MaxItems, ...config } = ReaderConfig as Fields;
  const problems = Object.keys(more).map((field) => `ItemReader.${field}`);
  if (ItemsPath !== undefined) problems.push('ItemsPath beside an ItemReader');
  if (!READER.test(String(Resource))) problems.push(`ItemReader.Resource ${String(Resource)}`);
  if (InputType !== 'JSON') problems.push(`ItemReader.ReaderConfig.InputType ${String(InputType)}`);
  problems.push(...Object.keys(config).map((field) => `ItemReader.ReaderConfig.${field}`));
  const isCount =
    Number.isInteger(MaxItems) && (MaxItems as number) > 0 && (MaxItems as number) <= MOST_ITEMS;
  if (MaxItems !== undefined && !isCount)
    problems.push(`ItemReader.ReaderConfig.MaxItems ${String(MaxItems)}`);
  return [...problems, ...placeProblems('ItemReader', Parameters as Fields, ['Bucket', 'Key'])];
}

/** Results are written as they are, into JSON files below a prefix. */
function writerProblems({ ResultWriter }: State): string[] {
  if (ResultWriter === undefined) return [];
  const { Resource, Parameters = {}, ...more } = ResultWriter as Fields;
  const { Prefix } = Parameters as Fields;
  return [
    ...Object.keys(more).map((field) => `ResultWriter.${field}`),
    ...(WRITER.test(String(Resource)) ? [] : [`ResultWriter.Resource ${String(Resource)}`]),
    ...placeProblems('ResultWriter', Parameters as Fields, ['Bucket', 'Prefix']),
    // Whether there is one slash more then, nobody has recorded.
    ...(String(Prefix).endsWith('/') ? [`ResultWriter.Parameters.Prefix ${String(Prefix)}`] : []),
  ];
}

/** Of parameters that name a place in S3. */
function placeProblems(of: string, parameters: Fields, needed: readonly string[]): string[] {
  const given = Object.keys(parameters).map((field) => field.replace(/\.\$$/, ''));
  return [
    ...given.filter((field) => !needed.includes(field)).map((field) => `${of}.Parameters.${field}`),
    ...needed.filter((field) => !given.includes(field)).map((field) => `no ${of}.Parameters.${field}`),
  ];
}

/** Paths into the context object that would lead nowhere, or somewhere else. */
function contextProblems(state: State, { isInInlineMap, isInChild }: NamedState['where']): string[] {
  const problems: string[] = [];
  const visit = (text: unknown, hasItem: boolean): void => {
    for (const [path] of String(text).matchAll(/\$\$[^\s,()]*/g)) {
      const isKnown = CONTEXT.test(path) || (hasItem && ITEM_CONTEXT.test(path));
      if (!isKnown || (isInChild && NOT_IN_CHILDREN.test(path))) problems.push(path);
    }
  };
  for (const [field, value] of Object.entries(state)) {
    const makesItems = state.Type === 'Map' && (field === 'ItemSelector' || field === 'Parameters');
    const hasItem = isInInlineMap || makesItems;
    if (field.endsWith('Path')) visit(value, hasItem);
    if (['Parameters', 'ResultSelector', 'ItemSelector', 'ItemReader', 'ResultWriter'].includes(field)) {
      for (const [, expression] of expressionsOf(value)) visit(expression, hasItem);
    }
    if (field === 'Choices') visit(JSON.stringify(value).replaceAll('"', ' '), hasItem);
  }
  return problems;
}

const unknownFields = (object: Fields, known: readonly string[]) =>
  Object.keys(object).filter((field) => !known.includes(field));

const languageProblems = ({ QueryLanguage = 'JSONPath' }: Fields) =>
  QueryLanguage === 'JSONPath' ? [] : [`QueryLanguage ${String(QueryLanguage)}`];
