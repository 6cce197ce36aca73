/** Task states: their input, their timeout, and what invokes them. */
import { Mistake } from './failure.ts';
import { follow, parsePath } from './paths.ts';
import { checkSize, type Passed, passed, type Visited } from './run.ts';
import { MOST_SECONDS } from './waits.ts';

export async function runTask(visit: Visited, effectiveInput: unknown): Promise<Passed> {
  const { run, thread, name, state } = visit;
  const input = passed(visit.filled(effectiveInput));
  checkSize(input, 'task input', name);
  const timeoutSeconds = timeoutOf(visit, effectiveInput);
  return await run.invoke({ resource: String(state.Resource), input, timeoutSeconds }, run, thread);
}

function timeoutOf(visit: Visited, input: unknown): number | undefined {
  const { TimeoutSeconds, TimeoutSecondsPath } = visit.state;
  if (TimeoutSecondsPath === undefined) return TimeoutSeconds as number | undefined;
  const path = parsePath(String(TimeoutSecondsPath));
  const value = follow(path, visit.data(input)(path.isContext));
  if (Number.isInteger(value) && (value as number) > 0 && (value as number) <= MOST_SECONDS)
    return value as number;
  throw new Mistake(
    `The TimeoutSecondsPath field refers to value ${JSON.stringify(value)} which is not a positive integer: ${path.text}`,
  );
}
