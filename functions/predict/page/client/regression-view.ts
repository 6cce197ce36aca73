/** How a regression does on its test set: errors of each output, and predictions over targets. */
import { predictionPlot } from '../../../plots/run-plots.ts';
import type { Report } from './api.ts';
import { create, itemsTable } from './dom.ts';
import { formatCount, formatFigure, formatFixed } from './format.ts';
import { mountPlot } from './plot.ts';

export function regressionSections({ size, outputs }: NonNullable<Report['regression']>): HTMLElement[] {
  const errors = itemsTable(outputs, [
    { name: 'Output', cell: ({ name }) => name },
    { name: 'RMSE', isNumber: true, cell: ({ rmse }) => formatFigure(rmse) },
    { name: 'MAE', isNumber: true, cell: ({ mae }) => formatFigure(mae) },
    { name: 'R²', isNumber: true, cell: ({ r2 }) => formatFixed(r2, 4) },
  ]);
  const note = `On the ${formatCount(size)} test samples, in each output's own unit.`;
  const plots = outputs.filter(({ samples }) => samples.length > 0).map(plotOf);
  return [
    create('div', {}, create('h2', {}, 'Errors'), create('p', { class: 'note' }, note), errors),
    ...plots,
  ];
}

function plotOf({ name, samples }: NonNullable<Report['regression']>['outputs'][number]): HTMLElement {
  const place = create('div', { class: 'plot' });
  const label = `${name}: prediction over target of ${samples.length} test samples`;
  mountPlot(place, label, (frame) => predictionPlot(samples, frame));
  return create('div', {}, create('h2', {}, `Predicted and actual ${name}`), place);
}
