/** `npm run plan -- --measure`: the figures of docs/scaling.md of this machine. */

import { describeMachine } from './bench/machine.ts';
import { machineLine } from './bench/table.ts';
import { LOOP_JOBS, measureLoops } from './study/loops.ts';
import type { Figure } from './study/predictions.ts';
import { describePredictions, predict } from './study/predictions.ts';
import { measureReading } from './study/reading.ts';
import { measureTraining } from './study/training.ts';

/** Each part when nothing else of it runs. */
export async function runStudy(isJson: boolean): Promise<void> {
  const machine = describeMachine();
  if (!isJson) console.log(machineLine(machine));
  const figures: Figure[] = [];
  for (const measure of [measureReading, measureTraining, measureLoops]) {
    for await (const figure of measure()) {
      figures.push(figure);
      if (!isJson) console.log(`${figure.what}: ${show(figure.value)} ${figure.unit}`);
    }
  }
  const predicted = predict(figures);
  if (isJson) console.log(JSON.stringify({ machine, loops: LOOP_JOBS, figures, ...predicted }, null, 2));
  else console.log(`\n${describePredictions(predicted)}`);
}

const show = (value: number) =>
  value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
