/**
 * What survives of executions when the process ends: the executions, their definitions as they were at the start, and
 * their histories, from whose last events they go on (recorded.ts).
 *
 * What is written is one transaction until somebody may see something of it: a function that is invoked, or whoever gets
 * an answer. Before that it is committed, at the latest when the process has nothing else to do at once. So `kill -9` can
 * take back only what nobody has seen.
 *
 * Finished ones are kept for 90 days, and their names with them ("Execution guarantees", AWS Step Functions Developer
 * Guide); children of a Distributed Map as long as the execution that it belongs to.
 */
import { createHash } from 'node:crypto';
import { type Database, openDatabase } from '../database.ts';
import {
  conditionOf,
  type Ending,
  type ExecutionStatus,
  type ExecutionSummary,
  type Listed,
  type NewExecution,
  type Row,
  STORED,
  type StoredExecution,
  SUMMARY,
  storedOf,
  summaryOf,
  type WholeExecution,
} from './execution-records.ts';
import { LAYOUT } from './execution-tables.ts';
import type { HistoryEvent, RecordedEvent } from './history-event.ts';

/** More than the events that an execution may have. */
const EVENTS = 32_768;
const KEPT_MS = 90 * 86_400_000;
/** Pages that are given back to the disk at a time. */
const FREED_PAGES = 2_000;

export class ExecutionStore {
  readonly #database: Database;
  readonly #statements = new Map<string, ReturnType<Database['sql']['prepare']>>();
  /** Definitions as JSON, and their SHA-256. */
  readonly #definitions = new WeakMap<object, { json: string; sha256: string }>();
  #isOpen = false;
  /** Of work that is kept as a whole. */
  #depth = 0;
  /** Told of what keeps something from being written. What was not committed is undone then. */
  onTrouble: (error: unknown) => void = () => undefined;

  /** @param file ":memory:" for none. @throws Error as openDatabase does */
  constructor(file: string) {
    this.#database = openDatabase(file, LAYOUT);
  }

  /** All that `work` writes is kept, or nothing of it. */
  atomically<T>(work: () => T): T {
    this.#depth++;
    try {
      return work();
    } finally {
      this.#depth--;
    }
  }

  /** Keeps what has been written. @throws Error when it can't be */
  commit(): void {
    if (!this.#isOpen || this.#depth > 0) return;
    this.#attempt(() => {
      this.#database.sql.exec('COMMIT');
      this.#isOpen = false;
    });
  }

  #write<T>(work: () => T): T {
    return this.#attempt(() => {
      if (!this.#isOpen) {
        this.#database.sql.exec('BEGIN IMMEDIATE');
        this.#isOpen = true;
        setImmediate(() => this.#commitLater());
      }
      return work();
    });
  }

  #commitLater(): void {
    try {
      this.commit();
    } catch {
      // Whom it concerns has been told.
    }
  }

  #attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#isOpen = false;
      // A full disk may have rolled back already.
      if (this.#database.sql.isTransaction) this.#database.sql.exec('ROLLBACK');
      this.onTrouble(error);
      throw error;
    }
  }

  /** @returns its number */
  begin(execution: NewExecution): number {
    const { arn, name, machine, deployedArn, input, isExpress, startDate, childOf } = execution;
    return this.#write(() => {
      const number = 1 + Number(this.#sql('SELECT max(seq) AS last FROM sqlite_sequence').get()?.last ?? 0);
      this.#sql(
        `INSERT INTO execution (number, arn, name, machine, machine_name, deployed, definition, input, express,
           map_run, item, parent, root, status, started)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'RUNNING', ?)`,
      ).run(
        number,
        arn,
        name,
        machine.arn,
        machine.name,
        deployedArn,
        this.#definition(machine.definition as object),
        input,
        Number(isExpress),
        childOf?.mapRunArn ?? null,
        childOf?.item ?? null,
        childOf?.parent ?? null,
        childOf?.root ?? number,
        Math.round(startDate),
      );
      return number;
    });
  }

  addEvent(number: number, { event, thread, next }: RecordedEvent): void {
    const { id, type } = event;
    const insert = this.#sql('INSERT INTO event VALUES (?, ?, ?, ?, ?)');
    this.#write(() => insert.run(number * EVENTS + id, thread, type, next ?? null, JSON.stringify(event)));
  }

  end(number: number, status: ExecutionStatus, stopDate: number, ending: Ending): void {
    const { output = null, error = null, cause = null } = ending;
    this.#write(() => {
      this.#sql(
        'UPDATE execution SET status = ?, stopped = ?, output = ?, error = ?, cause = ? WHERE number = ?',
      ).run(status, Math.round(stopDate), output, error, cause, number);
      this.#sql('DELETE FROM reading WHERE execution = ?').run(number);
    });
  }

  /** Keeps what a Map has read until its execution ends. */
  keepReading(number: number, mapRunArn: string, bytes: Uint8Array): void {
    this.#write(() => this.#sql('INSERT INTO reading VALUES (?, ?, ?)').run(mapRunArn, number, bytes));
  }

  reading(mapRunArn: string): Uint8Array | undefined {
    return this.#sql('SELECT bytes FROM reading WHERE map_run = ?').get(mapRunArn)?.bytes as
      | Uint8Array
      | undefined;
  }

  find(arn: string): StoredExecution | undefined {
    const row = this.#sql(`SELECT ${STORED} FROM execution WHERE arn = ?`).get(arn);
    return row && storedOf(row as unknown as Row);
  }

  child(mapRunArn: string, item: number): WholeExecution | undefined {
    return this.#whole('map_run = ? AND item = ?', mapRunArn, item)[0];
  }

  /** Oldest first. */
  running(): WholeExecution[] {
    return this.#whole("status = 'RUNNING'");
  }

  count(listed: Listed): number {
    const [where, values] = conditionOf(listed);
    return Number(this.#sql(`SELECT count(*) AS n FROM execution WHERE ${where}`).get(...values)?.n);
  }

  /** Those from one place to before another, oldest first. */
  list(listed: Listed, from: number, to: number): ExecutionSummary[] {
    const [where, values] = conditionOf(listed);
    const query = `SELECT ${SUMMARY} FROM execution WHERE ${where} ORDER BY number LIMIT ? OFFSET ?`;
    return this.#sql(query)
      .all(...values, to - from, from)
      .map((row) => summaryOf(row as unknown as Row));
  }

  countEvents(number: number): number {
    const last = this.#sql('SELECT max(key) AS last FROM event WHERE key BETWEEN ? AND ?').get(
      ...keysOf(number),
    )?.last;
    return last === null ? 0 : Number(last) - number * EVENTS;
  }

  /** Events after the one with an id, as many as there are up to another. */
  events(number: number, after: number, to: number): HistoryEvent[] {
    const keys = [number * EVENTS + after + 1, number * EVENTS + to];
    return this.#sql('SELECT json FROM event WHERE key BETWEEN ? AND ? ORDER BY key')
      .all(...keys)
      .map(({ json }) => JSON.parse(String(json)) as HistoryEvent);
  }

  /** Events from where a thread last entered or left a state; none where it has not. */
  eventsSinceState(number: number, thread: string): RecordedEvent[] {
    const [first, last] = keysOf(number);
    const from = this.#sql(
      `SELECT key FROM event WHERE key BETWEEN ? AND ? AND thread = ? AND (type LIKE '%StateEntered' OR type LIKE '%StateExited')
       ORDER BY key DESC LIMIT 1`,
    ).get(first, last, thread)?.key;
    if (from === undefined) return [];
    return this.#sql('SELECT thread, next, json FROM event WHERE key BETWEEN ? AND ? ORDER BY key')
      .all(Number(from), last)
      .map(({ thread: own, next, json }) => ({
        event: JSON.parse(String(json)) as HistoryEvent,
        thread: String(own),
        next: (next ?? undefined) as string | undefined,
      }));
  }

  /** Forgets what has ended more than 90 days ago. */
  expire(now: number): void {
    const roots = this.#sql('SELECT number FROM execution WHERE parent IS NULL AND stopped < ?').all(
      Math.floor(now - KEPT_MS),
    );
    if (roots.length === 0) return;
    this.#write(() => {
      for (const { number: root } of roots) {
        for (const { number } of this.#sql('SELECT number FROM execution WHERE root = ?').all(Number(root))) {
          this.#sql('DELETE FROM event WHERE key BETWEEN ? AND ?').run(...keysOf(Number(number)));
        }
        this.#sql('DELETE FROM execution WHERE root = ?').run(Number(root));
      }
      this.#sql('DELETE FROM definition WHERE sha256 NOT IN (SELECT definition FROM execution)').run();
    });
    this.commit();
    this.#database.sql.exec(`PRAGMA incremental_vacuum(${FREED_PAGES})`);
  }

  /** @throws Error while nothing can be written */
  tryToWrite(): void {
    const same = 'UPDATE execution SET status = status WHERE number = (SELECT max(number) FROM execution)';
    this.#write(() => this.#sql(same).run());
    this.commit();
  }

  close(): void {
    this.#commitLater();
    this.#database.close();
  }

  /** @returns under which it is stored */
  #definition(definition: object): string {
    let known = this.#definitions.get(definition);
    if (known === undefined) {
      const json = JSON.stringify(definition);
      known = { json, sha256: createHash('sha256').update(json).digest('hex') };
      this.#definitions.set(definition, known);
    }
    const { sha256, json } = known;
    this.#sql('INSERT INTO definition VALUES (?, ?) ON CONFLICT DO NOTHING').run(sha256, json);
    return sha256;
  }

  #whole(where: string, ...values: (string | number)[]): WholeExecution[] {
    const query = `SELECT ${STORED}, machine_name, deployed, json FROM execution
      JOIN definition ON sha256 = definition WHERE ${where} ORDER BY number`;
    return this.#sql(query)
      .all(...values)
      .map((row) => {
        const { machine_name, deployed, json } = row as Record<string, unknown>;
        const stored = storedOf(row as unknown as Row);
        const definition = JSON.parse(String(json)) as unknown;
        const machine = { arn: stored.machineArn, name: String(machine_name), definition };
        return { ...stored, machine, deployedArn: String(deployed) };
      });
  }

  #sql(query: string) {
    let statement = this.#statements.get(query);
    if (statement === undefined) {
      statement = this.#database.sql.prepare(query);
      this.#statements.set(query, statement);
    }
    return statement;
  }
}

const keysOf = (number: number): [number, number] => [number * EVENTS, number * EVENTS + EVENTS - 1];
