/**
 * Distributed Maps ("Map state in Distributed mode", AWS Step Functions Developer Guide), which the interpreter doesn't
 * know, as what it does know: a task that reads the items from the bucket, then an inline Map over them.
 *
 * Of the state only what is tried here is taken: a JSON array in S3 as items, and results that are discarded, because
 * an inline Map would put them together otherwise. As in AWS a child that fails fails the Map, with the Map's own error,
 * or, where all failures are tolerated, nothing but itself. In the history the reader is a state of its own, and the
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
  'ItemSelector',
  'ItemProcessor',
  'ResultPath',
  'ToleratedFailurePercentage',
]);
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
  const { Resource, ReaderConfig, Parameters, ...more } = (state.ItemReader ?? {}) as Fields;
  if (nested) problems.push('a DISTRIBUTED Map inside another state');
  if (state.ResultPath !== null) problems.push('results of a DISTRIBUTED Map that are not discarded');
  if (!READER.test(String(Resource))) problems.push(`ItemReader.Resource ${String(Resource)}`);
  if (JSON.stringify(ReaderConfig) !== '{"InputType":"JSON"}') {
    problems.push(`ItemReader.ReaderConfig ${JSON.stringify(ReaderConfig)}`);
  }
  for (const field of Object.keys(more)) problems.push(`ItemReader.${field}`);
  for (const field of Object.keys((Parameters ?? {}) as Fields)) {
    if (!PARAMETERS.has(field)) problems.push(`ItemReader.Parameters.${field}`);
  }
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

const childrenOf = (state: Fields) =>
  Object.entries((state.ItemProcessor as { States: Record<string, Fields> }).States);

/** The definition without Distributed Maps; itself where it has none. */
export function withInlineMaps(definition: Fields): Fields {
  const states = Object.entries(definition.States as Record<string, Fields>);
  const distributed = new Set(states.filter(([, state]) => isDistributed(state)).map(([name]) => name));
  if (distributed.size === 0) return definition;
  const target = (name: unknown) => (distributed.has(String(name)) ? readerOf(String(name)) : name);
  const States = states.flatMap(([name, state]): [string, Fields][] => {
    const redirected = redirect(state, target);
    return distributed.has(name) ? translate(name, redirected) : [[name, redirected]];
  });
  return { ...definition, StartAt: target(definition.StartAt), States: Object.fromEntries(States) };
}

/** Whether the state is one whose data holds the items, which are no data between states in AWS. */
export function holdsItems(definition: Fields, name: string): boolean {
  return Object.entries(definition.States as Record<string, Fields>).some(
    ([map, state]) => isDistributed(state) && (name === map || name === readerOf(map)),
  );
}

/** States of the children of Distributed Maps, whose events are in the children's histories in AWS. */
export function childStates(definition: Fields): ReadonlySet<string> {
  const states = Object.values(definition.States as Record<string, Fields>);
  return new Set(states.filter(isDistributed).flatMap((map) => childrenOf(map).map(([name]) => name)));
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
    ItemReader: Fields;
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
        ItemProcessor: { StartAt: ItemProcessor.StartAt, States },
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
