/** Whoever changes which version serves, as people do; what is refused is nothing bad. */
import type { OperatorEvent } from './operator.ts';
import { PATIENCE } from './readers.ts';
import { MODEL } from './tiny-dataset.ts';
import type { World } from './world.ts';

const ACTIONS: OperatorEvent['action'][] = ['promote', 'rollBack', 'startTrial', 'deleteVersion', 'keepLast'];

/** @param every milliseconds between actions */
export async function operate(
  world: World,
  every: readonly [number, number],
  isOver: () => boolean,
): Promise<void> {
  const { app, clock, functions, scenario, observer } = world;
  for (let acted = 0; !isOver(); acted++) {
    await clock.sleep(scenario.spread(...every) * (1 + acted / PATIENCE));
    if (isOver()) return;
    const version = 1 + scenario.below(observer.versions.size + 1);
    const event: OperatorEvent = { action: scenario.pick(ACTIONS), model: MODEL, version };
    await functions.invoke(app.operator, JSON.stringify(event));
  }
}
