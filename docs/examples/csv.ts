/** Your own CSV file: columns of numbers and of words become inputs, and new rows are predicted as plain objects. */
import { readFileSync } from 'node:fs';
import { encodeRow, loadTable, Model } from 'stepnet';

const { encoding, data } = await loadTable(
  {
    header: true,
    columns: [
      { name: 'weight_g', type: 'numeric' },
      { name: 'length_cm', type: 'numeric' },
      { name: 'colour', type: 'categorical' },
      { name: 'fruit', type: 'categorical' },
    ],
    label: { column: 'fruit' },
  },
  readFileSync('fruit.csv'),
  'fruit.csv',
);
console.log(`${data.x.rows} rows, ${encoding.inputs} inputs, classes ${encoding.classes.join(', ')}`);

if (!('labels' in data)) throw new Error('the table has targets, expected a label');
const fruit = Array.from(data.labels, (label) => encoding.classes[label] ?? '');
// The table's rows are scaled already, and sparse: the model takes them as they are.
const model = new Model<string>({ hidden: [8], learningRate: 0.01 });
await model.fit(data.x, fruit);
console.log(model.evaluate(data.x, fruit));

const banana = encodeRow(encoding, { weight_g: 130, length_cm: 19, colour: 'yellow' });
console.log('130 g, 19 cm, yellow:', model.predict([banana])[0]);
