/** XOR, which no single layer can learn: four rows of two numbers, and the class of each. */
import { Model } from 'stepnet';

const x = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const model = new Model({ hidden: [8], learningRate: 0.05 });
await model.fit(x, [0, 1, 1, 0], { epochs: 100 });
console.log('XOR of 00, 01, 10, 11:', model.predict(x).join(', '));
