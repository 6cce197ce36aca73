/** A form for a model of a table: a field for each column, with what the training set had in it. */
import { type Columns, postRow, predictPath, type RowAnswer } from './api.ts';
import { showCurl } from './curl.ts';
import { byId, create, factsTable, note } from './dom.ts';
import { formatFigure, formatShare } from './format.ts';

/** More categories than this are typed, with suggestions. */
const MAX_OPTIONS = 60;
/** Classes of which the probability is told. */
const MAX_CLASSES = 12;

export interface RowsForm {
  /** @param classNames by class; none of a regression */
  show(model: string, columns: Columns, classNames: readonly string[]): void;
  hide(): void;
}

export function startRowsForm(report: (error?: unknown) => void): RowsForm {
  const form = byId('row-form', HTMLFormElement);
  const fields = byId('row-fields', HTMLElement);
  const answer = byId('row-answer', HTMLElement);
  let model = '';
  let columns: Columns = [];
  let names: readonly string[] = [];
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const row = readRow();
    showCurl(predictPath(model), { rows: [row] });
    answer.setAttribute('aria-busy', 'true');
    try {
      answer.replaceChildren(...describe(await postRow(model, row), names));
      report();
    } catch (error) {
      answer.replaceChildren();
      report(error);
    }
    answer.setAttribute('aria-busy', 'false');
  });
  return {
    show(name, shown, classNames) {
      form.hidden = false;
      if (name === model) return;
      [model, columns, names] = [name, shown, classNames];
      byId('row-model', HTMLElement).textContent = `${name} takes rows of ${columns.length} columns.`;
      fields.replaceChildren(...columns.map(fieldOf));
      answer.replaceChildren(
        note('The fields hold what is usual in the training set. Change them, and predict.'),
      );
    },
    hide() {
      form.hidden = true;
    },
  };

  /** An empty field is a missing value. */
  function readRow(): Record<string, string | number | null> {
    const inputs = fields.querySelectorAll<HTMLInputElement | HTMLSelectElement>('input, select');
    return Object.fromEntries(
      columns.map(({ name, type }, index) => {
        const { value } = inputs[index]!;
        return [name, value === '' ? null : type === 'numeric' ? Number(value) : value];
      }),
    );
  }
}

function fieldOf(column: Columns[number], index: number): HTMLElement {
  const [id, hintId] = [`row-field-${index}`, `row-hint-${index}`];
  const common = { id, 'aria-describedby': hintId };
  // A select within its label would be called by all of its options.
  const field = (hint: string, ...controls: HTMLElement[]) =>
    create(
      'div',
      {},
      create('label', { for: id }, column.name),
      ...controls,
      create('small', { id: hintId }, hint),
    );
  if (column.type === 'numeric') {
    const { min, max, mean } = column;
    const input = create('input', { type: 'number', step: 'any', value: formatFigure(mean), ...common });
    return field(`${formatFigure(min)} to ${formatFigure(max)}`, input);
  }
  const { categories } = column;
  const options = categories.map((category) => create('option', { value: category }, category));
  const hint = `${categories.length} categories`;
  if (categories.length <= MAX_OPTIONS) return field(hint, create('select', common, ...options));
  const list = `row-list-${index}`;
  const input = create('input', { type: 'text', list, value: categories[0], ...common });
  return field(hint, input, create('datalist', { id: list }, ...options));
}

function describe(
  { predictions: [prediction], model, version }: RowAnswer,
  names: readonly string[],
): Node[] {
  const { unknown } = prediction!;
  const told =
    unknown === undefined
      ? []
      : [note(`Not in the training set, so it counts for nothing: ${JSON.stringify(unknown)}`)];
  const lineage = note(`${model} version ${version}, from the API`);
  if ('values' in prediction!) {
    const values = Object.entries(prediction.values).map(([name, value]) => [name, formatFigure(value)]);
    return [factsTable(Object.fromEntries(values)), lineage, ...told];
  }
  const { class: best, className, probabilities } = prediction!;
  const likely = [...probabilities.entries()].toSorted(([, a], [, b]) => b - a).slice(0, MAX_CLASSES);
  const nameOf = (label: number) => names[label] ?? `class ${label}`;
  return [
    create('p', { class: 'said' }, `${className ?? nameOf(best)}, ${formatShare(probabilities[best])}`),
    factsTable(Object.fromEntries(likely.map(([label, share]) => [nameOf(label), formatShare(share)]))),
    lineage,
    ...told,
  ];
}
