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

const FIELDS =
  /^(Type|Comment|Next|End|MaxConcurrency|Item(Reader|sPath|Selector|Processor)|ResultPath|ToleratedFailurePercentage|Catch)$/;
const CATCHER_FIELDS = /^(ErrorEquals|Next|ResultPath)$/;
const PARAMETERS = /^(Bucket|Key)(\.\$)?$/;
const PROCESSOR_FIELDS = /^(StartAt|States|ProcessorConfig|Comment)$/;
const READER_FIELDS = /^(Resource|ReaderConfig|Parameters)$/;
const PATH = /^\$(\.\w+)+$/;
const CHILDREN = /^(Task|Choice|Pass|Fail)$/;
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
  const problems = unknown(state, FIELDS);
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
  problems.push(...unknown(state.ItemProcessor, PROCESSOR_FIELDS, 'ItemProcessor.'));
  for (const [name, child] of childrenOf(state)) {
    if (!CHILDREN.test(String(child.Type))) {
      problems.push(`${name}, a ${String(child.Type)} in a DISTRIBUTED Map`);
    }
    // That none of its rules holds fails the child alone, which nothing here could catch.
    if (child.Type === 'Choice' && child.Default === undefined) {
      problems.push(`${name}, a Choice without Default in a DISTRIBUTED Map`);
    }
    // A child is an execution of its own, with another name and input.
    if (JSON.stringify(child).includes('$$.')) {
      problems.push(`${name}: the context object in a DISTRIBUTED Map`);
    }
  }
  return problems;
}

const unknown = (fields: unknown, known: RegExp, of = ''): string[] =>
  Object.keys(fields ?? {})
    .filter((field) => !known.test(field))
    .map((field) => of + field);

function readerProblems({ ItemReader, ResultPath, Catch }: Fields): string[] {
  const { Resource, ReaderConfig, Parameters } = (ItemReader ?? {}) as Fields;
  const problems = [
    ...unknown(ItemReader, READER_FIELDS, 'ItemReader.'),
    ...unknown(Parameters, PARAMETERS, 'ItemReader.Parameters.'),
  ];
  // What is caught would have the items beside its input.
  if (Catch !== undefined) problems.push('Catch beside an ItemReader');
  if (ResultPath !== null) problems.push('results of a DISTRIBUTED Map that are not discarded');
  if (!READER.test(String(Resource))) problems.push(`ItemReader.Resource ${String(Resource)}`);
  if (JSON.stringify(ReaderConfig) !== '{"InputType":"JSON"}') {
    problems.push(`ItemReader.ReaderConfig ${JSON.stringify(ReaderConfig)}`);
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
    problems.push(...unknown(catcher, CATCHER_FIELDS, 'Catch.'));
    if (!PATH.test(String(catcher.ResultPath))) {
      problems.push(`Catch.ResultPath ${String(catcher.ResultPath)}`);
    }
  }
  return problems;
}

/** Whether its items are in the bucket. */
const isReading = (state: Fields) => isDistributed(state) && state.ItemsPath === undefined;

const statesOf = (machine: unknown) => Object.entries((machine as { States: Record<string, Fields> }).States);
const childrenOf = (map: Fields) => statesOf(map.ItemProcessor);
const mapsOf = (definition: Fields) => statesOf(definition).filter(([, state]) => isDistributed(state));
const readerOf = (name: string) => `${name}.ItemReader`;

/** The definition without Distributed Maps; itself where it has none. */
export function withInlineMaps(definition: Fields): Fields {
  const distributed = distributedMaps(definition);
  if (distributed.size === 0) return definition;
  const reading = new Set(mapsOf(definition).flatMap(([name, state]) => (isReading(state) ? [name] : [])));
  const target = (name: unknown) => (reading.has(String(name)) ? readerOf(String(name)) : name);
  const States = statesOf(definition).flatMap(([name, state]): [string, Fields][] => {
    const redirected = redirect(state, target);
    return distributed.has(name) ? translate(name, redirected) : [[name, redirected]];
  });
  return { ...definition, StartAt: target(definition.StartAt), States: Object.fromEntries(States) };
}

/** Whether the state is one whose data holds the items, which are no data between states in AWS. */
export const holdsItems = (definition: Fields, name: string): boolean =>
  mapsOf(definition).some(([map, state]) => isReading(state) && (name === map || name === readerOf(map)));

/** States of the children of Distributed Maps, whose events are in the children's histories in AWS. */
export const childStates = (definition: Fields): ReadonlySet<string> =>
  new Set(mapsOf(definition).flatMap(([, map]) => childrenOf(map).map(([name]) => name)));

export const distributedMaps = (definition: Fields): ReadonlySet<string> =>
  new Set(mapsOf(definition).map(([name]) => name));

function redirect(state: Fields, target: (name: unknown) => unknown): Fields {
  const rule = (part: Fields) => ('Next' in part ? { ...part, Next: target(part.Next) } : part);
  return {
    ...rule(state),
    ...('Default' in state && { Default: target(state.Default) }),
    ...('Choices' in state && { Choices: (state.Choices as Fields[]).map(rule) }),
    ...('Catch' in state && { Catch: (state.Catch as Fields[]).map(rule) }),
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
  const children = childrenOf(map).map(([child, state]) => [child, failingTo(failed, end, state)]);
  const inline = {
    StartAt: ItemProcessor.StartAt,
    States: { ...Object.fromEntries(children), [failed]: end },
  };
  if (ItemReader === undefined) {
    return [[name, { ...rest, ...(ItemSelector !== undefined && { ItemSelector }), ItemProcessor: inline }]];
  }
  const reader = {
    Type: 'Task',
    Resource: READ_ITEMS,
    TimeoutSeconds: READ_SECONDS,
    Parameters: { ...(ItemReader.Parameters as Fields), 'input.$': '$' },
    Next: name,
  };
  // The items go in beside the state's input, which alone comes out.
  const reading = {
    ...rest,
    ItemsPath: '$.items',
    ...(ItemSelector !== undefined && { ItemSelector: fromInput(ItemSelector as Fields) }),
    OutputPath: '$.input',
    ItemProcessor: inline,
  };
  return [
    [readerOf(name), reader],
    [name, reading],
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
