/** Your own CSV file: columns of numbers and of words become inputs, and new rows are predicted as plain objects. */
import { readFileSync } from 'node:fs';
import { DEFAULT_CONFIG, evaluate, loadTable, RowEncoder, sparseFromDense, Trainer } from 'stepnet';

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

const trainer = new Trainer(
  {
    ...DEFAULT_CONFIG,
    layers: [encoding.inputs, 8, encoding.classes.length],
    weightInit: { kind: 'xavier' },
    batchSize: 8,
    sampling: 'shuffle',
    learningRate: 0.3,
  },
  data,
);
trainer.advance(500);
console.log(evaluate(trainer.network, data));

const input = new Float32Array(encoding.inputs);
new RowEncoder(encoding).encodeValues({ weight_g: 130, length_cm: 19, colour: 'yellow' }, input);
const [best = 0] = trainer.network.predict(sparseFromDense([input], encoding.inputs));
console.log('130 g, 19 cm, yellow:', encoding.classes[best]);
