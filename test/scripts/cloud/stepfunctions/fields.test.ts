/**
 * Every field of the states language with JSONPath ("Using Amazon States Language", AWS Step Functions Developer Guide):
 * with it an execution goes another way than without it, or it is refused. None is taken and then ignored.
 */
import { describe, expect, it } from 'vitest';
import { assertFaithful } from '../../../../scripts/cloud/stepfunctions/faithful.ts';
import { distributed, type Fields, FUNCTION, failing, jumpingClock, machineOf, run, task } from './stand.ts';

const PASS = { Type: 'Pass', End: true };
const INNER = machineOf({ Inner: PASS });
const FREE = { TimeoutSeconds: undefined };
const READER = {
  Resource: 'arn:aws:states:::s3:getObject',
  ReaderConfig: { InputType: 'JSON' },
  Parameters: { Bucket: 'bucket', Key: 'items.json' },
};
const WRITER = {
  Resource: 'arn:aws:states:::s3:putObject',
  Parameters: { Bucket: 'bucket', Prefix: 'results' },
};
/** A state of each kind with as few fields as it may have. */
const LEAST: Record<string, Fields> = {
  Task: task(FREE),
  Map: { Type: 'Map', ItemProcessor: INNER, End: true },
  DistributedMap: distributed(task(FREE)),
  Parallel: { Type: 'Parallel', Branches: [INNER], End: true },
  Pass: PASS,
  Wait: { Type: 'Wait', Seconds: 1, End: true },
  Choice: { Type: 'Choice', Choices: [{ Variable: '$.n', NumericEquals: 1, Next: 'Other' }] },
  Succeed: { Type: 'Succeed' },
  Fail: { Type: 'Fail' },
};
const FAILS = { error: 'X' };
const ITEMS = [{ n: 1 }, { n: 2 }];
const retried = [{ ErrorEquals: ['X'], MaxAttempts: 1 }];
const caught = [{ ErrorEquals: ['States.ALL'], Next: 'Other' }];
const other = { ErrorEquals: ['X'], Next: 'Other' };
const failingBranch = { Branches: [machineOf({ Bad: { Type: 'Fail', Error: 'X' } })] };
const failingMap = {
  ItemProcessor: machineOf({ Bad: { Type: 'Fail', Error: 'X' } }),
};

/** A field, what it holds, the input that shows it, and what else the state has with it and without it. */
type Honoured = [field: string, value: unknown, input: unknown, beside?: Fields];
/** What all states have that take and give data. */
const DATA: Honoured[] = [
  ['InputPath', '$.in', { in: { n: 1 } }],
  ['OutputPath', '$.n', { n: 1 }],
];
const ON_LISTS: Honoured[] = [
  ['InputPath', '$.in', { in: ITEMS }, { ResultPath: '$' }],
  ['OutputPath', '$[0]', ITEMS],
  ['ResultSelector', { 'first.$': '$[0]' }, ITEMS],
  ['ResultPath', null, ITEMS, { ItemSelector: { m: 1 } }],
];
const HONOURED: Record<string, Honoured[]> = {
  Task: [
    ...DATA,
    ['Parameters', { m: 2 }, {}],
    ['ResultSelector', { 'm.$': '$.n' }, { n: 1 }],
    ['ResultPath', '$.result', { n: 1 }],
    ['Retry', retried, FAILS],
    ['Catch', caught, FAILS],
    ['TimeoutSeconds', 5, {}],
    ['TimeoutSecondsPath', '$.n', { n: 7 }],
  ],
  Map: [
    ...ON_LISTS,
    ['Parameters', { 'it.$': '$$.Map.Item.Value' }, ITEMS],
    ['ItemsPath', '$.list', { list: ITEMS }],
    ['ItemSelector', { 'at.$': '$$.Map.Item.Index' }, ITEMS],
    ['MaxConcurrency', 1, ITEMS],
    ['MaxConcurrencyPath', '$[0].n', ITEMS],
    ['Retry', retried, ITEMS, failingMap],
    ['Catch', caught, ITEMS, failingMap],
  ],
  DistributedMap: [
    ...ON_LISTS,
    ['Parameters', { 'it.$': '$$.Map.Item.Value' }, ITEMS],
    ['ItemsPath', '$.list', { list: ITEMS }],
    ['ItemSelector', { 'at.$': '$$.Map.Item.Index' }, ITEMS],
    ['ItemReader', READER, ITEMS],
    ['ResultWriter', WRITER, ITEMS],
    ['Label', 'label', ITEMS],
    ['ToleratedFailureCount', 1, [FAILS]],
    ['ToleratedFailureCountPath', '$[0].n', [{ ...FAILS, n: 1 }]],
    ['ToleratedFailurePercentage', 100, [FAILS]],
    ['ToleratedFailurePercentagePath', '$[0].n', [{ ...FAILS, n: 100 }]],
    ['Retry', [{ ...retried[0], ErrorEquals: ['States.ALL'] }], [FAILS]],
    ['Catch', caught, [FAILS]],
  ],
  Parallel: [
    ...DATA.slice(0, 1),
    ['OutputPath', '$[0]', {}],
    ['Parameters', { m: 2 }, {}],
    ['ResultSelector', { 'first.$': '$[0]' }, {}],
    ['ResultPath', '$.result', {}],
    ['Retry', retried, {}, failingBranch],
    ['Catch', caught, {}, failingBranch],
  ],
  Pass: [...DATA, ['Result', 5, {}], ['Parameters', { m: 2 }, {}], ['ResultPath', '$.result', {}]],
  Wait: [
    ...DATA,
    ['Seconds', 9, {}],
    ['SecondsPath', '$.n', { n: 7 }, { Seconds: undefined }],
    ['Timestamp', '2026-03-01T00:00:00Z', {}, { Seconds: undefined }],
    ['TimestampPath', '$.t', { t: '2026-03-01T00:00:00Z' }, { Seconds: undefined }],
  ],
  Choice: [
    ['InputPath', '$.in', { in: { n: 1 }, n: 2 }, { Default: 'Last' }],
    ['OutputPath', '$.n', { n: 1 }],
    ['Default', 'Other', { n: 2 }],
  ],
  Succeed: DATA,
  Fail: [
    ['Error', 'E', {}],
    ['ErrorPath', '$.e', { e: 'E' }],
    ['Cause', 'c', {}],
    ['CausePath', '$.c', { c: 'c' }],
  ],
};
/** Without them there is no state of the kind; what they are shows in everything else. */
const NEEDED: Record<string, string[]> = {
  Task: ['Resource'],
  Map: ['ItemProcessor', 'Iterator'],
  DistributedMap: ['ItemProcessor', 'Iterator', 'MaxConcurrency', 'MaxConcurrencyPath'],
  Parallel: ['Branches'],
  Choice: ['Choices'],
};
/** Of any state: where it leads, and what says nothing. */
const ANY = ['Type', 'Comment', 'QueryLanguage', 'Next', 'End'];
/** Of the language, whatever state it belongs to: what is JSONata's, too. */
const LANGUAGE = [
  ...ANY,
  ...['InputPath', 'OutputPath', 'Parameters', 'ResultSelector', 'ResultPath', 'Retry', 'Catch'],
  ...['Assign', 'Output', 'Arguments', 'Items'],
  ...[
    'Resource',
    'Credentials',
    'TimeoutSeconds',
    'TimeoutSecondsPath',
    'HeartbeatSeconds',
    'HeartbeatSecondsPath',
  ],
  ...[
    'ItemsPath',
    'ItemSelector',
    'ItemProcessor',
    'Iterator',
    'ItemReader',
    'ItemBatcher',
    'ResultWriter',
    'Label',
  ],
  ...['MaxConcurrency', 'MaxConcurrencyPath', 'ToleratedFailureCount', 'ToleratedFailureCountPath'],
  ...['ToleratedFailurePercentage', 'ToleratedFailurePercentagePath', 'Branches', 'Result'],
  ...['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath', 'Choices', 'Default'],
  ...['Error', 'ErrorPath', 'Cause', 'CausePath'],
];

const work = (event: { error?: string }) => (event?.error === undefined ? event : failing(event.error));
const isFunction = (arn: string) => arn === FUNCTION;
const UUID = /[\da-f]{8}-[\da-f-]{27}/g;
const clean = (definition: Fields) => JSON.parse(JSON.stringify(definition)) as Fields;

/** All that an execution shows. */
async function seen(state: Fields, input: unknown): Promise<string> {
  const { clock, slept } = jumpingClock();
  const written: string[] = [];
  const leads = JSON.stringify(state);
  const states = {
    It: state,
    ...(leads.includes('Other') ? { Other: { Type: 'Pass', Result: 'other', End: true } } : {}),
    ...(leads.includes('Last') ? { Last: PASS } : {}),
  };
  const writeObject = async (_: string, key: string) => void written.push(key);
  const { events, status, output, error, cause } = await run(machineOf(states), input, {
    work,
    objects: { 'bucket/items.json': '[7]' },
    nature: { clock, random: () => 0.5, writeObject },
  });
  const shown = events.map(({ timestamp: _, ...event }) => event);
  return JSON.stringify([status, output, error, cause, shown, slept, written]).replace(UUID, 'ID');
}

describe.each(Object.keys(LEAST))('of a %s', (kind) => {
  it.each(HONOURED[kind]!)('%s makes a difference', async (field, value, input, beside = {}) => {
    const without = { ...LEAST[kind]!, ...beside };
    // One that waits needs a time.
    if (kind === 'Wait' && beside.Seconds === undefined && 'Seconds' in beside) without.Seconds = 1;
    const given = { ...LEAST[kind]!, ...beside, [field]: value };
    expect(await seen(given, input)).not.toBe(await seen(without, input));
  });

  it('no other field is taken', () => {
    const known = [...ANY, ...(NEEDED[kind] ?? []), ...HONOURED[kind]!.map(([field]) => field)];
    const create = (more: Fields) => {
      const others = kind === 'Choice' ? { Other: PASS } : {};
      assertFaithful(clean(machineOf({ It: { ...LEAST[kind]!, ...more }, ...others })), isFunction);
    };
    create({});
    for (const field of LANGUAGE.filter((name) => !known.includes(name))) {
      // A state that is there, where one is named.
      const value = field === 'Default' ? 'It' : 5;
      expect(() => create({ [field]: value }), field).toThrow(field);
    }
  });
});

describe('a field is refused by its name', () => {
  const refused = (state: Fields, more: Fields = {}) => {
    const states = { It: state, ...(JSON.stringify(state).includes('Other') ? { Other: PASS } : {}) };
    return () => assertFaithful(clean(machineOf(states, more)), isFunction);
  };
  const reading = (more: Fields) => distributed(PASS, { ItemReader: { ...READER, ...more } });
  const config = (more: Fields) => reading({ ReaderConfig: { InputType: 'JSON', ...more } });
  const choice = (more: Fields) => ({
    Type: 'Choice',
    Choices: [{ Variable: '$.n', NumericEquals: 1, Next: 'Other', ...more }],
  });

  it.each<[string, () => void]>([
    ['Assign', refused(task({ Assign: { x: 1 } }))],
    ['Output', refused(task({ Output: {} }))],
    ['Arguments', refused(task({ Arguments: {} }))],
    ['Credentials', refused(task({ Credentials: {} }))],
    ['HeartbeatSeconds', refused(task({ HeartbeatSeconds: 5 }))],
    ['HeartbeatSecondsPath', refused(task({ HeartbeatSecondsPath: '$.n' }))],
    ['Items', refused(distributed(PASS, { Items: [1] }))],
    ['ItemBatcher', refused(distributed(PASS, { ItemBatcher: { MaxItemsPerBatch: 2 } }))],
    ['ItemReader in an INLINE Map', refused({ ...LEAST.Map, ItemReader: READER })],
    ['ItemBatcher in an INLINE Map', refused({ ...LEAST.Map, ItemBatcher: {} })],
    ['ResultWriter in an INLINE Map', refused({ ...LEAST.Map, ResultWriter: WRITER })],
    ['ItemReader.Arguments', refused(reading({ Arguments: {} }))],
    ['ItemReader.Resource', refused(reading({ Resource: 'arn:aws:states:::s3:listObjectsV2' }))],
    ['InputType CSV', refused(config({ InputType: 'CSV' }))],
    ['CSVHeaderLocation', refused(config({ CSVHeaderLocation: 'FIRST_ROW' }))],
    ['CSVHeaders', refused(config({ CSVHeaders: ['a'] }))],
    ['CSVDelimiter', refused(config({ CSVDelimiter: 'TAB' }))],
    ['MaxItemsPath', refused(config({ MaxItemsPath: '$.n' }))],
    ['ManifestType', refused(config({ ManifestType: 'S3_INVENTORY' }))],
    ['Transformation', refused(config({ Transformation: 'NONE' }))],
    ['ItemsPointer', refused(config({ ItemsPointer: '/a' }))],
    [
      'ResultWriter.WriterConfig',
      refused(distributed(PASS, { ResultWriter: { ...WRITER, WriterConfig: {} } })),
    ],
    ['ResultWriter.Arguments', refused(distributed(PASS, { ResultWriter: { ...WRITER, Arguments: {} } }))],
    ['Assign', refused(task({ Catch: [{ ...other, Assign: {} }] }))],
    ['Output', refused(task({ Catch: [{ ...other, Output: {} }] }))],
    ['Backoff', refused(task({ Retry: [{ ErrorEquals: ['X'], Backoff: 2 }] }))],
    ['Assign', refused(choice({ Assign: {} }))],
    ['Output', refused(choice({ Output: {} }))],
    ['Condition', refused(choice({ Condition: '{% true %}' }))],
    ['QueryLanguage JSONata', refused(task(), { QueryLanguage: 'JSONata' })],
    ['Sometime', refused(task(), { Sometime: 1 })],
    ['TimeoutSeconds', refused({ ...LEAST.Map, ItemProcessor: { ...INNER, TimeoutSeconds: 5 } })],
    [
      'ProcessorConfig.Width',
      refused({ ...LEAST.Map, ItemProcessor: { ...INNER, ProcessorConfig: { Width: 5 } } }),
    ],
    [
      'ExecutionType',
      refused({ ...LEAST.Map, ItemProcessor: { ...INNER, ProcessorConfig: { ExecutionType: 'EXPRESS' } } }),
    ],
    [
      'ProcessorConfig',
      refused({ ...LEAST.Parallel, Branches: [{ ...INNER, ProcessorConfig: { Mode: 'INLINE' } }] }),
    ],
  ])('%s', (named, create) => {
    expect(create).toThrow(named);
  });
});
