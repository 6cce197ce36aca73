/**
 * Starts the process of the function that comes next while the one before it runs, as Lambda begins environments ahead of
 * need ("Lambda execution environment lifecycle", AWS Lambda Developer Guide: proactive initialization).
 */
import type { FunctionInvoker, Outcome } from './container.ts';

/** Of a state machine's definition, what says which state follows which. */
interface State {
  Type?: unknown;
  Resource?: unknown;
  Next?: unknown;
  Choices?: { Next?: unknown }[];
  ItemProcessor?: Machine;
  Branches?: Machine[];
}
interface Machine {
  StartAt?: unknown;
  States?: Record<string, State>;
}

/**
 * For each function's ARN those that the state machine invokes right after it. Of a choice the first is taken: one process
 * more than is needed costs as much as it saves.
 */
export function followersIn(definition: object): ReadonlyMap<string, ReadonlySet<string>> {
  const followers = new Map<string, Set<string>>();
  const visit = ({ States = {} }: Machine, after: readonly string[]): void => {
    for (const state of Object.values(States)) {
      const next = invokedFirst(States, state.Next, after);
      for (const inner of innerOf(state)) visit(inner, next);
      if (state.Type !== 'Task' || typeof state.Resource !== 'string') continue;
      const own = followers.get(state.Resource) ?? new Set();
      for (const one of next) if (one !== state.Resource) own.add(one);
      followers.set(state.Resource, own);
    }
  };
  visit(definition, []);
  return followers;
}

/** What a machine invokes first from the state on. @param after what comes behind its last state */
function invokedFirst(
  states: Record<string, State>,
  name: unknown,
  after: readonly string[],
  seen: ReadonlySet<unknown> = new Set(),
): readonly string[] {
  const state = states[String(name)];
  if (state === undefined) return after;
  // Choices lead back.
  if (seen.has(name)) return [];
  if (state.Type === 'Task') return [String(state.Resource)];
  const inner = innerOf(state);
  if (inner.length > 0) return inner.flatMap(({ States = {}, StartAt }) => invokedFirst(States, StartAt, []));
  const next = state.Choices?.[0]?.Next ?? state.Next;
  return invokedFirst(states, next, after, new Set([...seen, name]));
}

const innerOf = ({ ItemProcessor, Branches = [] }: State): readonly Machine[] =>
  ItemProcessor === undefined ? Branches : [ItemProcessor];

/** What invokes functions, and can start their processes before. */
export interface PreparedInvoker extends FunctionInvoker {
  /** Starts a process unless there is one. Nobody is told when it can't. */
  prepare(arn: string): void;
}

/** Invokes functions as state machines do. */
export interface InvokerAhead extends FunctionInvoker {
  /** Starts processes of the functions that an execution of the machine invokes first: the second one comes soon. */
  prepare(machineArn: string): void;
}

/** @param machines who invoke: what follows a function differs between them */
export function invokingAhead(
  functions: PreparedInvoker,
  machines: readonly { arn: string; definition: object }[],
): InvokerAhead {
  const known = new Map(
    machines.map(({ arn, definition }) => [arn, { definition, followers: followersIn(definition) }]),
  );
  return {
    has: (arn) => functions.has(arn),
    prepare(machineArn) {
      const machine = known.get(machineArn);
      if (machine === undefined) return;
      const { States = {}, StartAt } = machine.definition as Machine;
      for (const first of invokedFirst(States, StartAt, [])) {
        for (const arn of [first, ...(machine.followers.get(first) ?? [])]) functions.prepare(arn);
      }
    },
    invoke(arn, event, signal, machineArn): Promise<Outcome> {
      const outcome = functions.invoke(arn, event, signal);
      for (const next of known.get(machineArn ?? '')?.followers.get(arn) ?? []) functions.prepare(next);
      return outcome;
    },
  };
}
