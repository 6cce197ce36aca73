/** How a regression does on its test set: errors of each output, and predictions over targets. */
import { predictionPlot } from '../../../plots/run-plots.ts';
import type { Report } from './api.ts';
import { create, itemsTable, note, numberColumn, section } from './dom.ts';
import { formatCount, formatFigure, formatFixed } from './format.ts';
import { mountPlot } from './plot.ts';

export function regressionSections({ size, outputs }: NonNullable<Report['regression']>): HTMLElement[] {
  const errors = itemsTable(outputs, [
    { name: 'Output', cell: ({ name }) => name },
    numberColumn('RMSE', ({ rmse }) => formatFigure(rmse)),
    numberColumn('MAE', ({ mae }) => formatFigure(mae)),
    numberColumn('R²', ({ r2 }) => formatFixed(r2, 4)),
  ]);
  const scope = `On the ${formatCount(size)} test samples, in each output's own unit.`;
  const plots = outputs.filter(({ samples }) => samples.length > 0).map(plotOf);
  return [section('Errors', note(scope), errors), ...plots];
}

function plotOf({ name, samples }: NonNullable<Report['regression']>['outputs'][number]): HTMLElement {
  const place = create('div', { class: 'plot' });
  const label = `${name}: prediction over target of ${samples.length} test samples`;
  mountPlot(place, label, (frame) => predictionPlot(samples, frame));
  return section(`Predicted and actual ${name}`, place);
}
