/** Refuses definitions that the interpreter would run differently from Step Functions, or not at all. */

type State = Record<string, unknown> & { Type: string };
interface Machine {
  States: Record<string, State>;
}

/** What aws-local-stepfunctions 3.0.0 ignores or gets wrong, found by running it. */
const UNFAITHFUL_FIELDS = [
  'Assign',
  'Arguments',
  'HeartbeatSeconds',
  'HeartbeatSecondsPath',
  'ItemBatcher',
  'ItemReader',
  'Output',
  'ResultWriter',
  'ToleratedFailureCount',
  'ToleratedFailurePercentage',
];

/** Every state of a definition with its name, those inside Map and Parallel too. */
export function allStates(definition: unknown): [name: string, state: State][] {
  return Object.entries((definition as Machine).States).flatMap(([name, state]) => {
    const inner = [state.ItemProcessor, state.Iterator, ...((state.Branches as unknown[] | undefined) ?? [])];
    return [
      [name, state] as [string, State],
      ...inner.filter((part) => part !== undefined).flatMap(allStates),
    ];
  });
}

/**
 * @param isFunction whether an ARN is a function of this app
 * @throws Error naming each state and what it uses that can't be run faithfully
 */
export function assertFaithful(definition: unknown, isFunction: (arn: string) => boolean): void {
  const problems: string[] = [];
  if ((definition as Record<string, unknown>).QueryLanguage === 'JSONata')
    problems.push('QueryLanguage JSONata');
  const names = new Set<string>();
  for (const [name, state] of allStates(definition)) {
    // Handlers are given to the interpreter by state name alone.
    if (names.has(name)) problems.push(`${name}: two states of this name`);
    names.add(name);
    for (const field of UNFAITHFUL_FIELDS) if (field in state) problems.push(`${name}: ${field}`);
    if (state.QueryLanguage === 'JSONata') problems.push(`${name}: QueryLanguage JSONata`);
    const mode = (state.ItemProcessor as { ProcessorConfig?: { Mode?: string } } | undefined)?.ProcessorConfig
      ?.Mode;
    if (mode === 'DISTRIBUTED') problems.push(`${name}: a distributed Map`);
    if (state.Type === 'Task' && !isFunction(String(state.Resource))) {
      problems.push(`${name}: Resource ${String(state.Resource)} is no function of this app`);
    }
    if (JSON.stringify(state).includes('$$.State')) problems.push(`${name}: $$.State`);
  }
  if (problems.length > 0) {
    throw new Error(`the local cloud can't run this state machine faithfully: ${problems.join('; ')}`);
  }
}
