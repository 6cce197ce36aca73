/** A regression: prices of houses from their area and rooms, in plain numbers; and a model that is saved and loaded. */
import { readFileSync, writeFileSync } from 'node:fs';
import { Model } from 'stepnet';

const x = Array.from({ length: 200 }, (_, n) => [40 + ((n * 37) % 120), 1 + (n % 6)]);
const price = x.map(([area = 0, rooms = 0]) => 60_000 + 2500 * area + 9000 * rooms);

const model = new Model({ task: 'regression', hidden: [16], learningRate: 0.01 });
const reports = await model.fit(x, price, { epochs: 300, validation: 0.2 });
console.log('error of houses that were not trained on:', Math.round(reports.at(-1)?.validation?.mae ?? 0));

writeFileSync('houses.safetensors', model.save());
const loaded = Model.load(readFileSync('houses.safetensors'));
console.log('100 m², 3 rooms:', Math.round(loaded.predict([[100, 3]])[0] ?? 0));
