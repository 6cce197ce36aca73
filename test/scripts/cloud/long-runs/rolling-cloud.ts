/** The real app on the local cloud, with executions that hand their run over after few turns. */
import { ENV } from '../../../../functions/contract/environment.ts';
import { followExecution, type RunEvent } from '../../../../scripts/client/follow.ts';
import { startExecution } from '../../../../scripts/client/run.ts';
import { uploadTiny } from '../../../functions/support/tiny-dataset.ts';
import { type Edit, TestCloud } from '../../../support/test-cloud.ts';

export class RollingCloud extends TestCloud {
  /** @param turns that an execution may take; without it as many as the app says */
  constructor(turns?: number) {
    super({ edit: turns === undefined ? undefined : setTurns(turns) });
  }

  /** Starts the execution of a run on the tiny dataset. @returns its ARN */
  async begin(name: string, config: object): Promise<string> {
    const { client } = this;
    const input = { ...(await uploadTiny(this.store)), ...config };
    return startExecution({ client, stateMachineArn: this.output('stateMachine'), name, input });
  }

  /** Starts the execution and waits for the end of its run. */
  async run(name: string, config: object): Promise<RunEvent[]> {
    const events: RunEvent[] = [];
    for await (const event of followExecution(this.client, await this.begin(name, config), 50))
      events.push(event);
    return events;
  }
}

const setTurns =
  (turns: number): Edit =>
  (resources) => {
    for (const { Properties = {} } of Object.values(resources)) {
      const { Variables } = (Properties.Environment ?? {}) as { Variables?: Record<string, string> };
      if (Variables?.[ENV.turnsPerExecution] !== undefined) Variables[ENV.turnsPerExecution] = String(turns);
    }
  };
