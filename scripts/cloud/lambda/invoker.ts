/** What runs functions for the state machines: processes of the local cloud, or a simulation of them. */
import type { Outcome } from './container.ts';

export interface FunctionInvoker {
  has(arn: string): boolean;
  /**
   * Invokes the function with a JSON event. Failures are outcomes, as in Lambda's own answer.
   *
   * @param signal aborted when nobody waits for the answer any more
   */
  invoke(arn: string, event: string, signal?: AbortSignal): Promise<Outcome>;
}
