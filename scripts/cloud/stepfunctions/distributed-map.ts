/**
 * Distributed Maps ("Map state in Distributed mode", AWS Step Functions Developer Guide), which the interpreter doesn't
 * know, as what it does know: an inline Map, with a task before it where the items have to be read from the bucket.
 *
 * Of the state only what is tried here is taken. Items come from a JSON array in S3, and the results are discarded,
 * because an inline Map would put them together with the items otherwise; or items are a part of the state's own data,
 * and the results go into another, in the items' order. As in AWS a child that fails fails the Map, with the Map's own
 * error, or, where all failures are tolerated, nothing but itself. In the history the reader is a state of its own, and the
 * children's events stand in the execution's, but don't count for its length: in AWS each child has its own.
 */

type Fields = Record<string, unknown>;

/** Resource of the tasks that read items; its handler gets `{Bucket, Key, input}` and answers `{input, items}`. */
export const READ_ITEMS = 'local:read-items';

const FIELDS = new Set([
  'Type',
  'Comment',
  'Next',
  'End',
  'MaxConcurrency',
  'ItemReader',
  'ItemsPath',
  'ItemSelector',
  'ItemProcessor',
  'ResultPath',
  'ToleratedFailurePercentage',
  'Catch',
]);
const CATCHER_FIELDS = new Set(['ErrorEquals', 'Next', 'ResultPath']);
const PATH = /^\$(\.\w+)+$/;
const CHILDREN = new Set(['Task', 'Choice', 'Pass', 'Fail']);
const PARAMETERS = new Set(['Bucket', 'Bucket.$', 'Key', 'Key.$']);
/** What an ItemSelector may take: the item, its number, or a part of the state's input. */
const SELECTED = /^(\$\$\.Map\.Item\.(Index|Value)|\$)(\.\w+)*$/;
const READER = /^arn:[\w-]+:states:::s3:getObject$/;
/** For one object of the local S3; without it the interpreter takes 60. */
const READ_SECONDS = 300;

export function isDistributed(state: Fields): boolean {
  const { ProcessorConfig } = (state.ItemProcessor ?? {}) as { ProcessorConfig?: { Mode?: string } };
  return state.Type === 'Map' && ProcessorConfig?.Mode === 'DISTRIBUTED';
}

/** What of a Distributed Map would not run here as in AWS. */
export function distributedMapProblems(state: Fields, nested: boolean): string[] {
  const problems = Object.keys(state).filter((field) => !FIELDS.has(field));
  if (nested) problems.push('a DISTRIBUTED Map inside another state');
  problems.push(...(state.ItemsPath === undefined ? readerProblems(state) : ownItemsProblems(state)));
  const { ToleratedFailurePercentage = 100 } = state;
  if (ToleratedFailurePercentage !== 100) {
    problems.push(`ToleratedFailurePercentage ${String(ToleratedFailurePercentage)}, not 100`);
  }
  for (const [field, value] of Object.entries((state.ItemSelector ?? {}) as Fields)) {
    const isPath = typeof value === 'string' && SELECTED.test(value);
    if (field.endsWith('.$') ? !isPath : typeof value === 'object') problems.push(`ItemSelector.${field}`);
  }
  const { StartAt, States, ProcessorConfig, Comment, ...others } = state.ItemProcessor as Fields;
  for (const field of Object.keys(others)) problems.push(`ItemProcessor.${field}`);
  for (const [name, child] of childrenOf(state)) {
    if (!CHILDREN.has(String(child.Type))) {
      problems.push(`${name}, a ${String(child.Type)} in a DISTRIBUTED Map`);
    }
    // That none of its rules holds fails the child alone, which nothing here could catch.
    if (child.Type === 'Choice' && child.Default === undefined) {
      problems.push(`${name}, a Choice without Default in a DISTRIBUTED Map`);
    }
    // A child is an execution of its own, with another name and input.
    if (JSON.stringify(child).includes('$$.'))
      problems.push(`${name}: the context object in a DISTRIBUTED Map`);
  }
  return problems;
}

function readerProblems({ ItemReader, ResultPath, Catch }: Fields): string[] {
  const { Resource, ReaderConfig, Parameters, ...more } = (ItemReader ?? {}) as Fields;
  const problems: string[] = [];
  // What is caught would have the items beside its input.
  if (Catch !== undefined) problems.push('Catch beside an ItemReader');
  if (ResultPath !== null) problems.push('results of a DISTRIBUTED Map that are not discarded');
  if (!READER.test(String(Resource))) problems.push(`ItemReader.Resource ${String(Resource)}`);
  if (JSON.stringify(ReaderConfig) !== '{"InputType":"JSON"}') {
    problems.push(`ItemReader.ReaderConfig ${JSON.stringify(ReaderConfig)}`);
  }
  for (const field of Object.keys(more)) problems.push(`ItemReader.${field}`);
  for (const field of Object.keys((Parameters ?? {}) as Fields)) {
    if (!PARAMETERS.has(field)) problems.push(`ItemReader.Parameters.${field}`);
  }
  return problems;
}

function ownItemsProblems(state: Fields): string[] {
  const { ItemsPath, ItemReader, ResultPath, ToleratedFailurePercentage } = state;
  const problems: string[] = [];
  if (ItemReader !== undefined) problems.push('ItemsPath beside an ItemReader');
  if (!PATH.test(String(ItemsPath))) problems.push(`ItemsPath ${String(ItemsPath)}`);
  if (ResultPath !== null) {
    if (!PATH.test(String(ResultPath))) problems.push('results that replace the whole state');
    // AWS tells of a child that failed otherwise than the interpreter.
    if (ToleratedFailurePercentage !== undefined) problems.push('results of tolerated failures');
  }
  for (const catcher of (state.Catch ?? []) as Fields[]) {
    for (const field of Object.keys(catcher)) if (!CATCHER_FIELDS.has(field)) problems.push(`Catch.${field}`);
    if (!PATH.test(String(catcher.ResultPath))) {
      problems.push(`Catch.ResultPath ${String(catcher.ResultPath)}`);
    }
  }
  return problems;
}

/** Whether its items are in the bucket. */
const isReading = (state: Fields) => isDistributed(state) && state.ItemsPath === undefined;

const childrenOf = (state: Fields) =>
  Object.entries((state.ItemProcessor as { States: Record<string, Fields> }).States);

/** The definition without Distributed Maps; itself where it has none. */
export function withInlineMaps(definition: Fields): Fields {
  const states = Object.entries(definition.States as Record<string, Fields>);
  const distributed = distributedMaps(definition);
  if (distributed.size === 0) return definition;
  const reading = new Set(states.filter(([, state]) => isReading(state)).map(([name]) => name));
  const target = (name: unknown) => (reading.has(String(name)) ? readerOf(String(name)) : name);
  const States = states.flatMap(([name, state]): [string, Fields][] => {
    const redirected = redirect(state, target);
    return distributed.has(name) ? translate(name, redirected) : [[name, redirected]];
  });
  return { ...definition, StartAt: target(definition.StartAt), States: Object.fromEntries(States) };
}

/** Whether the state is one whose data holds the items, which are no data between states in AWS. */
export function holdsItems(definition: Fields, name: string): boolean {
  return Object.entries(definition.States as Record<string, Fields>).some(
    ([map, state]) => isReading(state) && (name === map || name === readerOf(map)),
  );
}

/** States of the children of Distributed Maps, whose events are in the children's histories in AWS. */
export function childStates(definition: Fields): ReadonlySet<string> {
  const states = Object.values(definition.States as Record<string, Fields>);
  return new Set(states.filter(isDistributed).flatMap((map) => childrenOf(map).map(([name]) => name)));
}

export function distributedMaps(definition: Fields): ReadonlySet<string> {
  const states = Object.entries(definition.States as Record<string, Fields>);
  return new Set(states.filter(([, state]) => isDistributed(state)).map(([name]) => name));
}

const readerOf = (name: string) => `${name}.ItemReader`;

function redirect(state: Fields, target: (name: unknown) => unknown): Fields {
  const rule = (part: Fields) => ('Next' in part ? { ...part, Next: target(part.Next) } : part);
  return {
    ...rule(state),
    ...('Default' in state ? { Default: target(state.Default) } : {}),
    ...('Choices' in state ? { Choices: (state.Choices as Fields[]).map(rule) } : {}),
    ...('Catch' in state ? { Catch: (state.Catch as Fields[]).map(rule) } : {}),
  };
}

function translate(name: string, map: Fields): [string, Fields][] {
  const { ItemReader, ItemSelector, ItemProcessor, ToleratedFailurePercentage, ...rest } = map as Fields & {
    ItemReader?: Fields;
    ItemProcessor: Fields;
  };
  const failed = `${name}.Failed`;
  const end: Fields =
    ToleratedFailurePercentage === undefined
      ? {
          Type: 'Fail',
          Error: 'States.ExceedToleratedFailureThreshold',
          Cause: 'The specified tolerated failure threshold was exceeded',
        }
      : { Type: 'Pass', End: true };
  const States: Record<string, Fields> = Object.fromEntries(
    childrenOf(map).map(([child, state]) => [child, failingTo(failed, end, state)]),
  );
  States[failed] = end;
  const inline = { StartAt: ItemProcessor.StartAt, States };
  if (ItemReader === undefined) {
    const selector = ItemSelector === undefined ? {} : { ItemSelector };
    return [[name, { ...rest, ...selector, ItemProcessor: inline }]];
  }
  return [
    [
      readerOf(name),
      {
        Type: 'Task',
        Resource: READ_ITEMS,
        TimeoutSeconds: READ_SECONDS,
        Parameters: { ...(ItemReader.Parameters as Fields), 'input.$': '$' },
        Next: name,
      },
    ],
    [
      name,
      // The items go in beside the state's input, which alone comes out.
      {
        ...rest,
        ItemsPath: '$.items',
        ...(ItemSelector === undefined ? {} : { ItemSelector: fromInput(ItemSelector as Fields) }),
        OutputPath: '$.input',
        ItemProcessor: inline,
      },
    ],
  ];
}

/** A child's state whose failure leads to the child's end. */
function failingTo(failed: string, end: Fields, state: Fields): Fields {
  if (state.Type === 'Fail') return end;
  if (state.Type !== 'Task') return state;
  const own = (state.Catch ?? []) as Fields[];
  return { ...state, Catch: [...own, { ErrorEquals: ['States.ALL'], Next: failed }] };
}

/** The selector where the state's input stands in `$.input`. */
function fromInput(selector: Fields): Fields {
  const moved = ([field, value]: [string, unknown]) => [
    field,
    field.endsWith('.$') ? String(value).replace(/^\$(?!\$)/, '$.input') : value,
  ];
  return Object.fromEntries(Object.entries(selector).map(moved));
}
