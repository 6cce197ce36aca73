/** CSV with a header, of houses: their class from three by size, age and district, or their price. */
import { Draws, STREAM } from './draws.ts';
import houses from './houses.json' with { type: 'json' };

/** By name, what each adds to a price. */
const DISTRICTS = Object.entries(houses.districts);
const HEATINGS = Object.entries(houses.heatings);
const CLASSES = ['cheap', 'middling', 'dear'] as const;
/** Of the price, noise apart: a third of the houses each. */
const BOUNDS = [219, 317];

const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/**
 * @param kind classification has the column `class`, regression `price` instead, in thousands
 * @param first number of the first row: those of the test set go on where the training set ended
 */
export function* houseRows(
  kind: 'classification' | 'regression',
  first: number,
  rows: number,
  seed: number,
): Generator<string> {
  const draws = new Draws(seed, STREAM.table);
  yield `area,age,rooms,district,heating,reference,${kind === 'regression' ? 'price' : 'class'}\n`;
  for (let row = first; row < first + rows; row++) {
    draws.startRow(row);
    const area = 40 + 160 * draws.uniform();
    const age = draws.integer(0, 100);
    const rooms = Math.max(1, Math.round(area / 28 + draws.bell() * 0.6));
    const [district, districtPrice] = draws.pick(DISTRICTS);
    const [heating, heatingPrice] = draws.pick(HEATINGS);
    const price = 40 + 2 * area - 0.8 * age + 4 * rooms + districtPrice + heatingPrice + 8 * draws.bell();
    const level = CLASSES[BOUNDS.filter((bound) => price >= bound).length]!;
    const last = kind === 'regression' ? price.toFixed(1) : level;
    yield `${area.toFixed(1)},${age},${rooms},${quoted(district)},${heating},H-${row},${last}\n`;
  }
}

/** The declaration that goes with the files, without name and places. */
export function houseSchema(kind: 'classification' | 'regression') {
  const columns = [
    ...['area', 'age', 'rooms'].map((name) => ({ name, type: 'numeric' })),
    ...['district', 'heating'].map((name) => ({ name, type: 'categorical' })),
    { name: 'reference', type: 'ignore' },
    kind === 'regression' ? { name: 'price', type: 'numeric' } : { name: 'class', type: 'categorical' },
  ];
  const outputs =
    kind === 'regression'
      ? { target: { columns: ['price'], scaling: 'standard' } }
      : { label: { column: 'class', classes: CLASSES } };
  return { header: true, columns, ...outputs };
}
