/** Where an `npm start` stands, seen from outside: in its output, and in the history of its execution. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetExecutionHistoryCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { localConnection, type PublishedCloud, trainingStateMachineArn } from '../../cloud/connection.ts';

/** In the order in which a start goes through them. */
export const PHASES = [
  'synthesis',
  'ShardDataset',
  'StartRun',
  'TrainChunk',
  'PromoteModel',
  'plot',
  'serving',
] as const;
export type Phase = (typeof PHASES)[number];

/** Events in which the last state that was entered is looked for; a loop's turn has fewer. */
const RECENT_EVENTS = 20;
const STATES: ReadonlySet<string> = new Set(PHASES);

export interface Watched {
  readonly stdout: string;
  readonly ended: boolean;
}

/** Follows one start; `current` asks again each time. */
export class PhaseReader {
  readonly #data: string;
  readonly #command: Watched;
  #cloud: { client: SFNClient; machine: string } | undefined;
  #last: Phase = 'synthesis';

  /** @param data the start's data folder */
  constructor(data: string, command: Watched) {
    this.#data = data;
    this.#command = command;
  }

  /** The phase now, or the last one that was seen of a start that has ended. */
  async current(): Promise<Phase> {
    const { stdout, ended } = this.#command;
    if (ended) return this.#last;
    if (/^plot: /m.test(stdout)) this.#last = 'serving';
    else if (/^(not )?promoted/m.test(stdout)) this.#last = 'plot';
    else if (/^(training|resuming) run /m.test(stdout)) this.#last = await this.#state();
    return this.#last;
  }

  close(): void {
    this.#cloud?.client.destroy();
  }

  async #state(): Promise<Phase> {
    try {
      const { client, machine } = this.#connect();
      const { executions = [] } = await client.send(
        new ListExecutionsCommand({ stateMachineArn: machine, maxResults: 1 }),
      );
      if (executions[0] === undefined) return this.#last;
      const { events = [] } = await client.send(
        new GetExecutionHistoryCommand({
          executionArn: executions[0].executionArn,
          reverseOrder: true,
          maxResults: RECENT_EVENTS,
        }),
      );
      if (executions[0].status === 'SUCCEEDED') return 'plot';
      const names = events.map(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? '');
      return (names.find((name) => STATES.has(name)) as Phase | undefined) ?? this.#last;
    } catch (error) {
      // It was killed, or came to its end, while it was being asked.
      if (this.#command.ended || (error as { code?: string }).code?.startsWith('ECONN')) return this.#last;
      throw error;
    }
  }

  /** cloud.json is this start's own by now: it is written before the first line about training. */
  #connect(): { client: SFNClient; machine: string } {
    if (this.#cloud !== undefined) return this.#cloud;
    const path = join(this.#data, 'cloud.json');
    if (!existsSync(path)) throw new Error(`${path} is not there, though the start trains`);
    const { endpoints, outputs } = JSON.parse(readFileSync(path, 'utf8')) as PublishedCloud;
    const client = new SFNClient({ ...localConnection(endpoints.stepFunctions), maxAttempts: 1 });
    this.#cloud = { client, machine: trainingStateMachineArn(outputs) };
    return this.#cloud;
  }
}
