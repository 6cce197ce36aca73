/** What is kept of an execution, and how it stands in the tables. */

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** Of an execution of a Distributed Map's item. */
export interface ChildOf {
  mapRunArn: string;
  /** The item's place in the Map. */
  item: number;
  /** Numbers of the execution that has the Map, and of the one at the top. */
  parent: number;
  root: number;
}

export interface NewExecution {
  arn: string;
  name: string;
  machine: { arn: string; name: string; definition: unknown };
  deployedArn: string;
  input: string;
  isExpress: boolean;
  startDate: number;
  childOf?: ChildOf | undefined;
}

export interface Ending {
  output?: string | undefined;
  error?: string | undefined;
  cause?: string | undefined;
}

/** What listings tell. */
export interface ExecutionSummary {
  number: number;
  arn: string;
  name: string;
  machineArn: string;
  isExpress: boolean;
  childOf: ChildOf | undefined;
  status: ExecutionStatus;
  startDate: number;
  stopDate: number | undefined;
}

export interface StoredExecution extends ExecutionSummary {
  input: string;
  ending: Ending;
}

/** With what it takes to go on with it. */
export interface WholeExecution extends StoredExecution, NewExecution {
  childOf: ChildOf | undefined;
}

/** Which executions are listed. */
export interface Listed {
  machineArn?: string | undefined;
  mapRunArn?: string | undefined;
  status?: string | undefined;
}

/** Of the table of executions. */
export interface Row {
  number: number;
  arn: string;
  name: string;
  machine: string;
  express: number;
  map_run: string | null;
  item: number;
  parent: number;
  root: number;
  status: ExecutionStatus;
  started: number;
  stopped: number | null;
  input: string;
  output: string | null;
  error: string | null;
  cause: string | null;
}

/** Columns. */
export const SUMMARY =
  'number, arn, name, machine, express, map_run, item, parent, root, status, started, stopped' as const;
export const STORED = `${SUMMARY}, input, output, error, cause`;

/** As a condition of SQL, and its values. */
export function conditionOf({ machineArn, mapRunArn, status }: Listed): [string, string[]] {
  const given = Object.entries({ machine: machineArn, map_run: mapRunArn, status }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const conditions = ['TRUE', ...given.map(([column]) => `${column} = ?`)];
  return [conditions.join(' AND '), given.map(([, value]) => value)];
}

export function summaryOf(row: Row): ExecutionSummary {
  const { number, arn, name, machine, express, map_run, item, parent, root, status, started, stopped } = row;
  return {
    number,
    arn,
    name,
    machineArn: machine,
    isExpress: express === 1,
    childOf: map_run === null ? undefined : { mapRunArn: map_run, item, parent, root },
    status,
    startDate: started,
    stopDate: stopped ?? undefined,
  };
}

export function storedOf(row: Row): StoredExecution {
  const { input, output, error, cause } = row;
  const given = Object.entries({ output, error, cause }).filter(([, value]) => value !== null);
  return { ...summaryOf(row), input, ending: Object.fromEntries(given) as Ending };
}
