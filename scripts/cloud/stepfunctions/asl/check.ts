/**
 * What Step Functions itself refuses when a state machine is created ("Using Amazon States Language", AWS Step Functions
 * Developer Guide, and the language's specification).
 */

import { retryProblems } from './check-retries.ts';
import { isOperator, type Rule, takesLiteral } from './choice.ts';
import { allStates, type Fields, innerMachines, isDistributed, isFields } from './definition.ts';
import { parseExpression } from './expressions.ts';
import { Mistake } from './failure.ts';
import { parsePath } from './paths.ts';
import type { State } from './run.ts';
import { expressionsOf } from './templates.ts';
import { parseTimestamp } from './timestamps.ts';
import { MOST_SECONDS } from './waits.ts';

const TYPES = ['Task', 'Pass', 'Choice', 'Wait', 'Succeed', 'Fail', 'Parallel', 'Map'];
/** States that nothing follows, or that say themselves what does. */
const WITHOUT_NEXT = ['Choice', 'Succeed', 'Fail'];
const MOST_NAME = 80;
const WAITS = ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'];
const PATHS =
  /^(InputPath|OutputPath|ItemsPath|SecondsPath|TimestampPath|TimeoutSecondsPath|MaxConcurrencyPath|ToleratedFailure(Count|Percentage)Path)$/;
const TEMPLATES = ['Parameters', 'ResultSelector', 'ItemSelector'];

/** @returns what is wrong with it, each with its state; nothing where Step Functions would take it */
export function problemsOf(definition: unknown): string[] {
  if (!isFields(definition)) return ['a state machine is a JSON object'];
  const problems = [...machineProblems(definition), ...timeoutProblems(definition)];
  const { Version = '1.0' } = definition;
  if (Version !== '1.0') problems.push(`Version ${JSON.stringify(Version)}, there is only "1.0"`);
  if (problems.length > 0) return problems;
  const names = new Set<string>();
  for (const { name } of allStates(definition)) {
    if (names.has(name)) problems.push(`the state ${name} already exists`);
    names.add(name);
  }
  return problems;
}

function machineProblems(machine: Fields): string[] {
  const { StartAt, States } = machine;
  if (!isFields(States) || Object.keys(States).length === 0) return ['States: there are none'];
  const states = Object.entries(States);
  const broken = states.filter(([, state]) => !isFields(state) || !TYPES.includes(String(state.Type)));
  if (broken.length > 0) return broken.map(([name]) => `${name}: no state of a known Type`);
  if (typeof StartAt !== 'string' || !Object.hasOwn(States, StartAt)) {
    return [`StartAt: there is no state ${String(StartAt)}`];
  }
  const reached = new Set([StartAt]);
  for (const [name, state] of states) {
    for (const target of targetsOf(state as State)) if (target !== name) reached.add(target);
  }
  return states.flatMap(([name, state]) => [
    ...(name.length > MOST_NAME ? [`${name}: its name has more than ${MOST_NAME} characters`] : []),
    ...(reached.has(name) ? [] : [`${name}: nothing leads to it`]),
    ...stateProblems(state as State, States).map((problem) => `${name}: ${problem}`),
    ...innerMachines(state as State).flatMap(machineProblems),
  ]);
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const targetsOf = ({ Next, Default, Choices, Catch }: State): string[] =>
  [Next, Default, ...[...list(Choices), ...list(Catch)].map((rule) => (rule as Fields)?.Next)].filter(
    (target) => target !== undefined,
  ) as string[];

function stateProblems(state: State, states: Fields): string[] {
  return [
    ...targetsOf(state)
      .filter((target) => !Object.hasOwn(states, target))
      .map((target) => `there is no state ${target} beside it`),
    ...endProblems(state),
    ...pathProblems(state),
    ...retryProblems(state),
    ...(OF_TYPE[state.Type]?.(state) ?? []),
  ];
}

function endProblems({ Type, Next, End }: State): string[] {
  if (WITHOUT_NEXT.includes(Type)) {
    return Next === undefined && End === undefined ? [] : [`Next or End in a ${Type} state`];
  }
  if (End !== undefined && typeof End !== 'boolean') return ['End is no boolean'];
  return (Next === undefined) === (End === true) ? [] : ['it needs either Next or "End": true'];
}

function pathProblems(state: State): string[] {
  const problems: string[] = [];
  for (const [field, value] of Object.entries(state)) {
    const isNullable = ['InputPath', 'OutputPath', 'ResultPath'].includes(field);
    if (isNullable && value === null) continue;
    if (PATHS.test(field)) problems.push(...problem(field, () => parsePath(text(value))));
    if (field === 'ResultPath') problems.push(...problem(field, () => referencePath(text(value))));
    if (field === 'ErrorPath' || field === 'CausePath') {
      problems.push(...problem(field, () => parseExpression(text(value))));
    }
    if (TEMPLATES.includes(field)) problems.push(...templateProblems(field, value));
  }
  for (const { ResultPath } of list(state.Catch) as Fields[]) {
    if (ResultPath !== undefined && ResultPath !== null) {
      problems.push(...problem('Catch.ResultPath', () => referencePath(text(ResultPath))));
    }
  }
  return problems;
}

function templateProblems(field: string, template: unknown): string[] {
  return [...expressionsOf(template)].flatMap(([name, value]) =>
    problem(`${field}: ${name}`, () => parseExpression(text(value))),
  );
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new Mistake(`${JSON.stringify(value)} is no string`);
}

/** One that leads to a single place in a state's own data. */
function referencePath(value: string): void {
  const path = parsePath(value);
  if (path.isContext || !path.isDefinite) throw new Mistake(`${JSON.stringify(value)} is no reference path`);
}

function problem(field: string, check: () => void): string[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    return [`${field}: ${error.message}`];
  }
}

const isCount = (value: unknown, least: number): boolean =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= MOST_SECONDS;

const timeoutProblems = ({ TimeoutSeconds }: Fields): string[] =>
  TimeoutSeconds === undefined || isCount(TimeoutSeconds, 1)
    ? []
    : [`TimeoutSeconds ${JSON.stringify(TimeoutSeconds)}, expected 1 to ${MOST_SECONDS}`];

const OF_TYPE: Record<string, (state: State) => string[]> = {
  Task: (state) => [
    ...(typeof state.Resource === 'string' ? [] : ['no Resource']),
    ...timeoutProblems(state),
    ...oneOf(state, ['TimeoutSeconds', 'TimeoutSecondsPath'], 0),
  ],
  Wait: (state) => [
    ...oneOf(state, WAITS, 1),
    ...(state.Seconds === undefined || isCount(state.Seconds, 0)
      ? []
      : [`Seconds ${JSON.stringify(state.Seconds)}`]),
    ...(state.Timestamp === undefined || parseTimestamp(state.Timestamp) !== undefined
      ? []
      : [`Timestamp ${JSON.stringify(state.Timestamp)} is none like "2016-03-14T01:59:00Z"`]),
  ],
  Fail: (state) => [...oneOf(state, ['Error', 'ErrorPath'], 0), ...oneOf(state, ['Cause', 'CausePath'], 0)],
  Choice: ({ Choices }) => {
    if (list(Choices).length === 0) return ['Choices: there are none'];
    return list(Choices).flatMap((rule) =>
      isFields(rule) ? ruleProblems(rule, true) : ['a rule that is no object'],
    );
  },
  Parallel: ({ Branches }) => {
    if (list(Branches).length === 0) return ['Branches: there are none'];
    return list(Branches).every(isFields) ? [] : ['a branch that is no object'];
  },
  Map: (state) => [
    ...oneOf(state, ['ItemProcessor', 'Iterator'], 1),
    ...(isFields(state.ItemProcessor ?? state.Iterator ?? {})
      ? []
      : ['what it does with an item is no object']),
    ...oneOf(state, ['ItemSelector', 'Parameters'], 0),
    ...oneOf(state, ['MaxConcurrency', 'MaxConcurrencyPath'], 0),
    ...oneOf(state, ['ToleratedFailureCount', 'ToleratedFailureCountPath'], 0),
    ...oneOf(state, ['ToleratedFailurePercentage', 'ToleratedFailurePercentagePath'], 0),
    ...['MaxConcurrency', 'ToleratedFailureCount']
      .filter((field) => field in state && !isCount(state[field], 0))
      .map((field) => `${field} ${JSON.stringify(state[field])}`),
    ...shareProblems(state.ToleratedFailurePercentage),
    ...modeProblems(state),
  ],
};

function shareProblems(value: unknown): string[] {
  const isShare = typeof value === 'number' && value >= 0 && value <= 100;
  return value === undefined || isShare ? [] : [`ToleratedFailurePercentage ${JSON.stringify(value)}`];
}

function modeProblems(state: State): string[] {
  const { ProcessorConfig = {} } = (state.ItemProcessor ?? state.Iterator ?? {}) as {
    ProcessorConfig?: Fields;
  };
  const { Mode = 'INLINE', ExecutionType } = ProcessorConfig;
  if (isDistributed(state)) {
    const isKnown = ExecutionType === 'STANDARD' || ExecutionType === 'EXPRESS';
    return isKnown ? [] : [`ExecutionType ${String(ExecutionType)} of a DISTRIBUTED Map`];
  }
  if (Mode !== 'INLINE') return [`ProcessorConfig.Mode ${String(Mode)}`];
  return ['ItemReader', 'ResultWriter', 'ItemBatcher', 'Label']
    .filter((field) => field in state)
    .concat(Object.keys(state).filter((field) => field.startsWith('ToleratedFailure')))
    .map((field) => `${field} in an INLINE Map`);
}

function oneOf(state: State, fields: readonly string[], least: number): string[] {
  const given = fields.filter((field) => state[field] !== undefined);
  if (given.length > 1) return [`${given.join(' and ')} together`];
  return given.length < least ? [`none of ${fields.join(', ')}`] : [];
}

/** @param isOuter whether it may name the next state, as rules within rules may not */
function ruleProblems(rule: Rule, isOuter: boolean): string[] {
  const { And, Or, Not, Variable, Next } = rule;
  const problems: string[] = [];
  if (isOuter && typeof Next !== 'string') problems.push('a rule without Next');
  if (!isOuter && Next !== undefined) problems.push('Next in a rule within another');
  const operators = Object.keys(rule).filter(
    (field) => isOperator(field) || ['And', 'Or', 'Not'].includes(field),
  );
  if (operators.length !== 1) {
    return [...problems, `a rule with ${operators.length === 0 ? 'no operator' : operators.join(' and ')}`];
  }
  const operator = operators[0]!;
  if (Not !== undefined)
    return [...problems, ...(isFields(Not) ? ruleProblems(Not, false) : ['Not: no rule'])];
  const parts = And ?? Or;
  if (parts !== undefined) {
    if (list(parts).length === 0 || !list(parts).every(isFields))
      return [...problems, `${operator}: no rules`];
    return [...problems, ...(parts as Rule[]).flatMap((part) => ruleProblems(part, false))];
  }
  problems.push(...problem('Variable', () => parsePath(text(Variable))));
  const value = rule[operator];
  if (!takesLiteral(operator, value)) problems.push(`${operator} ${JSON.stringify(value)}`);
  else if (operator.endsWith('Path')) problems.push(...problem(operator, () => parsePath(text(value))));
  return problems;
}
