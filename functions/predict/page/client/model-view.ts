/** Model: what serves, where it comes from, where it errs, and what its first layer looks for. */
import { decodeBase64 } from '../../../../core/bytes/text.ts';
import { parametric, planLayers } from '../../../../core/network/plan.ts';
import { predictionPlot } from '../../../plots/run-plots.ts';
import { getModel, getReport, type Report, type Versions } from './api.ts';
import { architectureTable } from './architecture.ts';
import { classFigures, macroAverage } from './class-figures.ts';
import { mayChange } from './control.ts';
import { byId, create, factsTable, itemsTable, note, numberColumn, section } from './dom.ts';
import { filterPictures, filtersOf, floatsOf } from './filters.ts';
import { formatCount, formatFigure, formatFixed, formatShare, formatTime } from './format.ts';
import { greyOrColoured, inkPicture, type Shape, signedPicture, squareOf } from './pictures.ts';
import { mountPlot } from './plot.ts';
import { modelHash, runsHash } from './route.ts';
import { shownSetting } from './run-rows.ts';
import { figuresOf, servingOf } from './serving.ts';

/**
 * @param version as the address has it; what serves when undefined
 * @param changed called after another version was made to serve
 */
export async function showModel(
  name: string | undefined,
  version: string | undefined,
  changed: () => void,
): Promise<void> {
  const place = byId('model-report', HTMLElement);
  if (name === undefined) {
    place.replaceChildren(
      create('p', {}, 'No model has been promoted yet.'),
      note(
        'Train one under Train, by npm run train, or as an execution of the training state machine in AWS. ' +
          'Its run is under Runs, and when it has succeeded the model is here.',
      ),
    );
    return;
  }
  const asked = location.hash;
  const [found, versions, can] = await Promise.all([getReport(name, version), getModel(name), mayChange()]);
  // For two seconds a function may still answer as the version that served before.
  const isOld = version === undefined && found.version !== versions.latest;
  const report = isOld ? await getReport(name, String(versions.latest)) : found;
  // Somebody has gone on to another one meanwhile.
  if (location.hash !== asked) return;
  place.replaceChildren(
    create(
      'div',
      { class: 'model' },
      section(
        `${report.model}, version ${report.version}`,
        servingOf(report, versions, can, changed),
        lineage(report),
      ),
      section('Architecture', architectureTable(report), config(report)),
      wide(section('Versions', versionsTable(versions))),
      ...evaluation(report, versions.pictures),
      ...firstLayer(report, versions.pictures),
    ),
  );
}

function wide(element: HTMLElement): HTMLElement {
  element.classList.add('wide');
  return element;
}

function lineage({ lineage: version, evaluation, regression }: Report): HTMLElement {
  const { metrics, runId, step, checkpoint, dataset, gitRevision, promotedAt, imported } = version;
  return factsTable({
    ...(regression === null && metrics.testAccuracy !== null
      ? {
          'Test accuracy': formatShare(evaluation?.accuracy ?? metrics.testAccuracy),
          'Train accuracy': formatShare(metrics.trainAccuracy),
        }
      : {
          'Test loss': formatFixed(regression?.loss ?? metrics.testLoss, 4),
          'Train loss': formatFixed(metrics.trainLoss, 4),
        }),
    ...(metrics.testCost === null ? {} : { 'Cost per test example': formatFixed(metrics.testCost, 4) }),
    Loss: formatFixed(metrics.loss, 4),
    Run: create('span', {}, create('a', { href: runsHash([runId]) }, runId), `, step ${formatCount(step)}`),
    ...(imported === undefined ? {} : { 'Imported from': imported.key }),
    Promoted: formatTime(promotedAt),
    Checkpoint: `${formatCount(checkpoint.bytes)} bytes, SHA-256 ${checkpoint.sha256}`,
    Dataset: `${dataset.name}, manifest ${dataset.manifestSha256}`,
    'Git revision': gitRevision,
  });
}

function config({ lineage: { config: fields } }: Report): HTMLElement {
  const facts = Object.entries(fields).map(([field, value]) => [field, shownSetting(field, value)]);
  const table = factsTable(Object.fromEntries(facts));
  return create('details', {}, create('summary', {}, 'Config of the run'), table);
}

/** @param form of pictures that are no digits */
function evaluation(
  { evaluation: found, regression, evaluationMissing }: Report,
  form: Shape | null,
): HTMLElement[] {
  if (regression !== null) return regressionSections(regression).map(wide);
  if (found === null) {
    return [wide(section('Evaluation', note(evaluationMissing ?? 'not evaluated')))];
  }
  const { size, mistakes, mistakeCount, confusion, classNames } = found;
  const nameOf = (label: number) => classNames?.[label] ?? String(label);
  const worst = mistakes.map((mistake) => mistakeTile(mistake, nameOf, form));
  return [
    ...(confusion.length > 0
      ? [
          section('Confusion matrix', confusionTable(confusion, nameOf)),
          section('Precision, recall and F1', classTable(confusion, nameOf)),
        ]
      : []),
    wide(
      section(
        'Worst mistakes',
        note(
          mistakeCount === 0
            ? `None of the ${formatCount(size)} test samples is mistaken.`
            : `${formatCount(mistakeCount)} of ${formatCount(size)} test samples are mistaken; these are the surest ones.`,
        ),
        create('div', { class: 'tiles ink' }, ...worst),
      ),
    ),
  ];
}

function mistakeTile(
  { index, label, predicted, probabilities, pixels }: NonNullable<Report['evaluation']>['mistakes'][number],
  nameOf: (label: number) => string,
  form: Shape | null,
): HTMLElement {
  const caption = `${nameOf(label)} taken for ${nameOf(predicted)}, ${Math.round(probabilities[predicted]! * 100)} %`;
  const bytes = pixels === null ? undefined : decodeBase64(pixels);
  const hasPicture = bytes !== undefined && (form ?? squareOf(bytes.length)) !== undefined;
  const title = `Test image ${index}`;
  return create(
    'figure',
    {},
    ...(hasPicture ? [form ? greyOrColoured(bytes, form, title) : inkPicture(bytes, title)] : []),
    create('figcaption', {}, hasPicture ? caption : `sample ${index}: ${caption}`),
  );
}

/** Errors of each output of a regression on its test set, and predictions over targets. */
function regressionSections({ size, outputs }: NonNullable<Report['regression']>): HTMLElement[] {
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

/** Right answers shaded by their share of the row, wrong ones by their share of the most frequent confusion. */
function confusionTable(
  confusion: readonly (readonly number[])[],
  nameOf: (label: number) => string,
): HTMLElement {
  const worst = Math.max(1, ...confusion.flatMap((row, label) => row.filter((_, k) => k !== label)));
  const head = confusion.map((_, predicted) => create('th', { scope: 'col' }, nameOf(predicted)));
  const rows = confusion.map((row, label) => {
    const sum = row.reduce((counted, count) => counted + count, 0);
    const total = Math.max(1, sum);
    const cells = row.map((count, predicted) => {
      const isRight = label === predicted;
      const cell = create('td', { class: isRight ? 'right' : undefined }, String(count));
      cell.title = `${count} of ${total} samples of ${nameOf(label)} are taken for ${nameOf(predicted)}`;
      const heat = isRight ? (0.6 * count) / total : (0.75 * count) / worst;
      cell.style.setProperty('--heat', `${(heat * 100).toFixed(1)}%`);
      return cell;
    });
    return create('tr', {}, create('th', { scope: 'row' }, nameOf(label)), ...cells);
  });
  return create(
    'div',
    {},
    note('Rows: what the sample is. Columns: what the network says.'),
    create(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Confusion matrix' },
      create(
        'table',
        { class: `confusion${confusion.length > 12 ? ' large' : ''}` },
        create('thead', {}, create('tr', {}, create('td', { 'aria-hidden': 'true' }), ...head)),
        create('tbody', {}, ...rows),
      ),
    ),
  );
}

/** Of each class, and their plain means. */
function classTable(
  confusion: readonly (readonly number[])[],
  nameOf: (label: number) => string,
): HTMLElement {
  const classes = classFigures(confusion);
  const mean = macroAverage(classes);
  const lines = [
    ...classes.map((figures, label) => ({ name: nameOf(label), ...figures })),
    { name: 'macro average', ...mean },
  ];
  const table = itemsTable(lines, [
    { name: 'Class', cell: ({ name }) => name },
    numberColumn('Precision', ({ precision }) => formatShare(precision)),
    numberColumn('Recall', ({ recall }) => formatShare(recall)),
    numberColumn('F1', ({ f1 }) => formatShare(f1)),
    numberColumn('Samples', ({ samples }) => formatCount(samples)),
  ]);
  table.classList.add('classes');
  const text =
    'Precision: of the samples that are said to be of a class, those that are. Recall: of those that are, those that ' +
    'are said to be. What is divided by none is left out, and counts as 0 in the average.';
  return create('div', {}, note(text), table);
}

/** @param form of pictures that are no digits */
function firstLayer(report: Report, form: Shape | null): HTMLElement[] {
  const filters = filtersOf(report);
  if (filters !== undefined) {
    const { pictures, key } = filterPictures(filters);
    return [wide(section('Filters of the first layer', ...key, tiles(pictures, 'filter')))];
  }
  const { inputs, units, shown, weights } = report.firstLayer;
  const { layers, activation } = report.architecture;
  const { input } = parametric(planLayers(layers, activation))[0]!;
  const [height, width, channels] = input;
  const shape = width === undefined ? (form ?? squareOf(inputs)) : { height, width, channels: channels! };
  // What is no picture has no picture of its weights.
  if (shape === undefined) return [];
  const values = floatsOf(weights);
  const pictures = Array.from({ length: shown }, (_, unit) =>
    signedPicture(values.subarray(unit * inputs, (unit + 1) * inputs), shape, `Weights of unit ${unit}`),
  );
  const count = shown < units ? `the first ${shown} of ${units} units` : `all ${units} units`;
  const key = `Weights of ${count}: blue where ink excites the unit, orange where it inhibits it.`;
  return [wide(section('First layer', note(key), tiles(pictures, 'unit')))];
}

const tiles = (pictures: readonly HTMLElement[], name: string) =>
  create(
    'div',
    { class: 'tiles' },
    ...pictures.map((picture, index) =>
      create('figure', {}, picture, create('figcaption', {}, `${name} ${index}`)),
    ),
  );

function versionsTable({ latest, versions, versionsOmitted }: Versions): HTMLElement {
  const table = itemsTable(versions, [
    {
      name: 'Version',
      cell: ({ model, version }) =>
        create(
          'span',
          {},
          create('a', { href: modelHash(model, version) }, `version ${version}`),
          version === latest ? ' (serving)' : '',
        ),
    },
    ...figuresOf(versions),
    { name: 'Run', cell: ({ runId }) => create('a', { href: runsHash([runId]) }, runId) },
    { name: 'Promoted', cell: ({ promotedAt }) => formatTime(promotedAt) },
  ]);
  const older = versionsOmitted === 0 ? [] : [note(`and ${versionsOmitted} older ones`)];
  // It scrolls by keys, too.
  return create(
    'div',
    { class: 'versions', tabindex: '0', role: 'region', 'aria-label': 'Table of versions' },
    table,
    ...older,
  );
}
