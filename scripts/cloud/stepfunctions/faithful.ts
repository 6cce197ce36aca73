/**
 * Refuses definitions that the interpreter would run differently from Step Functions, or not at all.
 *
 * What is allowed is listed, not what is forbidden, so that a field nobody has tried is refused too. Each list and rule
 * comes from running and reading aws-local-stepfunctions 3.0.0.
 */
import { distributedMapProblems, isDistributed } from './distributed-map.ts';
import { assertWellFormed } from './well-formed.ts';

type Fields = Record<string, unknown>;
type State = Fields & { Type: string };

const PATHS = ['InputPath', 'OutputPath'];
const RESULT = ['Parameters', 'ResultSelector', 'ResultPath', 'Retry', 'Catch'];
const STATE_FIELDS: Record<string, readonly string[]> = {
  Task: [...PATHS, ...RESULT, 'Resource', 'TimeoutSeconds', 'TimeoutSecondsPath'],
  Map: [...PATHS, ...RESULT, 'ItemsPath', 'ItemSelector', 'ItemProcessor', 'Iterator', 'MaxConcurrency'],
  Parallel: [...PATHS, ...RESULT, 'Branches'],
  Pass: [...PATHS, 'Result', 'Parameters', 'ResultPath'],
  Wait: [...PATHS, 'Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'],
  Choice: [...PATHS, 'Choices', 'Default'],
  Succeed: PATHS,
  Fail: ['Error', 'ErrorPath', 'Cause', 'CausePath'],
};
const ANY_STATE = ['Type', 'Comment', 'QueryLanguage', 'Next', 'End'];
const MACHINE_FIELDS = ['Comment', 'QueryLanguage', 'StartAt', 'States', 'TimeoutSeconds', 'Version'];
const INNER_MACHINE_FIELDS = ['Comment', 'ProcessorConfig', 'StartAt', 'States'];
const CATCHER_FIELDS = ['Comment', 'ErrorEquals', 'Next', 'ResultPath'];
const WAITING = ['IntervalSeconds', 'MaxAttempts', 'BackoffRate', 'MaxDelaySeconds', 'JitterStrategy'];
const RETRIER_FIELDS = ['Comment', 'ErrorEquals', ...WAITING];
/** Not StringMatches: the interpreter knows more wildcards than `*`. */
const RULE_FIELDS =
  /^(Comment|Next|Variable|And|Or|Not|Is\w+|(String|Numeric|Timestamp)(Equals|(Less|Greater)Than(Equals)?)(Path)?|BooleanEquals(Path)?)$/;

/** Step Functions' integration with itself, without waiting for what it starts; with these parameters. */
export const START_EXECUTION = /^arn:[\w-]+:states:::states:startExecution$/;
const START_PARAMETERS = ['StateMachineArn.$', 'Name.$', 'Input.$'];

/** What the context object holds: everywhere, outside of Map and Parallel, and where a Map makes its items. */
const CONTEXT = /^\$\$\.(Execution\.(Id|Name)|StateMachine\.(Id|Name))$/;
const OUTER_CONTEXT = /^\$\$\.Execution\.(Input\b.*|StartTime)$/;
const ITEM_CONTEXT = /^\$\$\.Map\.Item\.(Index|Value\b.*)$/;
/** Timers of JavaScript count milliseconds in 31 bits; a longer one would fire at once. */
const MAX_TIMEOUT_SECONDS = Math.floor((2 ** 31 - 1) / 1000);

export interface NamedState {
  name: string;
  state: State;
  /** Whether it stands inside a Map or Parallel. */
  nested: boolean;
}

/** Every state of a definition, those inside Map and Parallel too. */
export function allStates(definition: unknown, nested = false): NamedState[] {
  return Object.entries((definition as { States: Record<string, State> }).States).flatMap(([name, state]) => [
    { name, state, nested },
    ...innerMachines(state).flatMap((inner) => allStates(inner, true)),
  ]);
}

function innerMachines(state: State): Fields[] {
  const branches = (state.Branches ?? []) as Fields[];
  return [state.ItemProcessor, state.Iterator, ...branches].filter((part) => part !== undefined) as Fields[];
}

/**
 * @param isFunction whether an ARN is a function of this app
 * @throws Error naming each state and what it uses that can't be run faithfully, or why it is no state machine
 */
export function assertFaithful(definition: unknown, isFunction: (arn: string) => boolean): void {
  const machine = definition as Fields;
  assertWellFormed(machine);
  const problems = [
    ...unknownFields(machine, MACHINE_FIELDS),
    ...timeoutProblems(machine),
    ...languageProblems(machine),
  ];
  for (const { name, state, nested } of allStates(definition)) {
    problems.push(...stateProblems(state, nested, isFunction).map((problem) => `${name}: ${problem}`));
  }
  if (problems.length > 0) {
    throw new Error(`the local cloud can't run this state machine faithfully: ${problems.join('; ')}`);
  }
}

function stateProblems(state: State, nested: boolean, isFunction: (arn: string) => boolean): string[] {
  if (isDistributed(state)) return distributedMapProblems(state, nested);
  const list = (field: string) => (state[field] ?? []) as Fields[];
  const problems = [
    ...unknownFields(state, [...ANY_STATE, ...(STATE_FIELDS[state.Type] ?? [])]),
    ...languageProblems(state),
    ...list('Retry').flatMap((retrier) => unknownFields(retrier, RETRIER_FIELDS)),
    ...list('Catch').flatMap((catcher) => unknownFields(catcher, CATCHER_FIELDS)),
    ...list('Choices').flatMap(ruleProblems),
    ...innerMachines(state).flatMap(innerMachineProblems),
    ...contextProblems(state, nested),
  ];
  // The interpreter takes it for a field of the name "$".
  if ([state, ...list('Catch')].some(({ ResultPath }) => ResultPath === '$')) problems.push('ResultPath "$"');
  if (state.Type === 'Task') {
    if (START_EXECUTION.test(String(state.Resource))) problems.push(...startProblems(state));
    else if (!isFunction(String(state.Resource))) {
      problems.push(`Resource ${String(state.Resource)} is no function of this app`);
    }
    if (state.TimeoutSeconds === undefined && state.TimeoutSecondsPath === undefined) {
      problems.push('no TimeoutSeconds, for which the interpreter takes 60');
    }
    problems.push(...timeoutProblems(state));
  }
  if (state.Type === 'Pass' && 'Result' in state && !state.Result) {
    problems.push(`Result ${JSON.stringify(state.Result)}`);
  }
  if (state.Type === 'Fail') {
    for (const field of ['Error', 'Cause']) {
      if (!(field in state) && !(`${field}Path` in state)) problems.push(`no ${field}`);
      if (String(state[`${field}Path`] ?? '$')[0] !== '$') problems.push(`${field}Path with a function`);
    }
  }
  return problems;
}

function startProblems({ Parameters = {}, ResultPath }: State): string[] {
  const given = Object.keys(Parameters as Fields);
  const more = given.filter((field) => !START_PARAMETERS.includes(field));
  const missing = START_PARAMETERS.filter((field) => !given.includes(field));
  const problems = [
    ...more.map((field) => `Parameters.${field}`),
    ...missing.map((field) => `no Parameters["${field}"]`),
  ];
  // The date in it is written in another way.
  if (ResultPath !== null) problems.push('a result of startExecution that is not discarded');
  return problems;
}

function ruleProblems(rule: Fields): string[] {
  const inner = [rule.And, rule.Or, rule.Not].flat().filter((part) => part !== undefined) as Fields[];
  return [
    ...Object.keys(rule).filter((field) => !RULE_FIELDS.test(field)),
    // The interpreter takes "is not" for "never".
    ...Object.keys(rule).filter((field) => field.startsWith('Is') && rule[field] === false),
    ...inner.flatMap(ruleProblems),
  ];
}

function innerMachineProblems(machine: Fields): string[] {
  const { Mode = 'INLINE' } = (machine.ProcessorConfig ?? {}) as { Mode?: string };
  return [...unknownFields(machine, INNER_MACHINE_FIELDS), ...(Mode === 'INLINE' ? [] : [`a ${Mode} Map`])];
}

/** Paths into the context object that would lead nowhere, or somewhere else. */
function contextProblems(state: State, nested: boolean): string[] {
  const { ItemProcessor, Iterator, Branches, ...own } = state;
  const problems: string[] = [];
  const visit = (value: unknown, key: string, makesItems: boolean): void => {
    if (typeof value === 'object' && value !== null) {
      for (const [name, part] of Object.entries(value)) {
        const inItems = makesItems || (state.Type === 'Map' && isSelector(name));
        visit(part, Array.isArray(value) ? key : name, inItems);
      }
    } else if (typeof value === 'string' && /(\.\$|Path|^Variable)$/.test(key)) {
      for (const [path] of value.matchAll(/\$\$[^\s,()]*/g)) {
        const known =
          CONTEXT.test(path) ||
          (!nested && OUTER_CONTEXT.test(path)) ||
          (makesItems && ITEM_CONTEXT.test(path));
        if (!known) problems.push(path);
      }
    }
  };
  visit(own, '', false);
  return problems;
}

const isSelector = (field: string) => field === 'ItemSelector' || field === 'Parameters';

const unknownFields = (object: Fields, known: readonly string[]) =>
  Object.keys(object).filter((field) => !known.includes(field));

const languageProblems = ({ QueryLanguage = 'JSONPath' }: Fields) =>
  QueryLanguage === 'JSONPath' ? [] : [`QueryLanguage ${String(QueryLanguage)}`];

const timeoutProblems = ({ TimeoutSeconds = 0 }: Fields) =>
  Number(TimeoutSeconds) <= MAX_TIMEOUT_SECONDS
    ? []
    : [`TimeoutSeconds ${String(TimeoutSeconds)}, at most ${MAX_TIMEOUT_SECONDS} are possible`];
