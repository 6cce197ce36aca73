/**
 * `node scripts/lab/transitions.ts`: what a state transition of the local Step Functions takes when executions are kept in
 * a file, and when in memory, by turns.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ExecutionStore } from '../cloud/stepfunctions/execution-store.ts';
import { StepFunctionsService } from '../cloud/stepfunctions/service.ts';
import { median } from '../support/statistics.ts';
import { describeMachine } from './bench/machine.ts';
import { machineLine } from './bench/table.ts';

const PAIRS = 9;
/** Of three states each, which leave nine events: an execution may have 25,000. */
const TURNS = 2_500;
const TRANSITIONS = 3 * TURNS;
/** Characters that states pass, about as many as those of a run. */
const PASSED = 500;
const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:loop';
const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:count';

const definition = {
  StartAt: 'Before',
  States: {
    Before: { Type: 'Pass', Next: 'Count' },
    Count: { Type: 'Task', Resource: FUNCTION, Next: 'Done?' },
    'Done?': {
      Type: 'Choice',
      Choices: [{ Variable: '$.turn', NumericEquals: TURNS, Next: 'Done' }],
      Default: 'Before',
    },
    Done: { Type: 'Succeed' },
  },
};
/** A function that takes no time. */
const functions = {
  has: () => true,
  invoke: async (_: string, json: string) => {
    const { turn, text } = JSON.parse(json) as { turn: number; text: string };
    return { payload: JSON.stringify({ turn: turn + 1, text }) };
  },
};

interface Spent {
  /** Microseconds of a transition, on the clock and of the processor, which other work disturbs less. */
  clock: number;
  processor: number;
}

async function measure(file: string): Promise<Spent> {
  const store = new ExecutionStore(file);
  const machine = { name: 'loop', arn: MACHINE, definition };
  const service = new StepFunctionsService([machine], functions, undefined, { store });
  const begun = performance.now();
  const used = process.cpuUsage();
  const input = JSON.stringify({ turn: 0, text: 'x'.repeat(PASSED) });
  const { executionArn } = service.call('StartExecution', { stateMachineArn: MACHINE, input });
  while (service.running > 0) await nextTurn();
  const clock = (performance.now() - begun) * 1000;
  const { user, system } = process.cpuUsage(used);
  const { status, cause } = service.call('DescribeExecution', { executionArn });
  if (status !== 'SUCCEEDED') throw new Error(`${String(status)}: ${String(cause)}`);
  store.close();
  return { clock: clock / TRANSITIONS, processor: (user + system) / TRANSITIONS };
}

const folder = mkdtempSync(join(tmpdir(), 'stepnet-transitions-'));
try {
  console.log(machineLine(describeMachine()));
  const inFile: Spent[] = [];
  const inMemory: Spent[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    inFile.push(await measure(join(folder, `${pair}.sqlite`)));
    inMemory.push(await measure(':memory:'));
  }
  console.log(
    `µs per transition, medians of ${PAIRS} pairs of executions of ${TRANSITIONS} transitions each:`,
  );
  for (const what of ['processor', 'clock'] as const) {
    const of = (all: readonly Spent[]) => all.map((spent) => spent[what]);
    const more = of(inFile).map((file, pair) => file - of(inMemory)[pair]!);
    const [file, memory, difference] = [of(inFile), of(inMemory), more].map((all) => median(all).toFixed(0));
    console.log(`${what}: in a file ${file}, in memory ${memory}, the difference of a pair ${difference}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
