/** XOR, which no single layer can learn: two inputs, a hidden layer of four, two classes. */
import { DEFAULT_CONFIG, sparseFromDense, Trainer } from 'stepnet';

// Four rows of two inputs, and the class of each.
const x = sparseFromDense([Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1)], 2);
const labels = Uint8Array.of(0, 1, 1, 0);

const trainer = new Trainer(
  { ...DEFAULT_CONFIG, layers: [2, 4, 2], weightInit: { kind: 'xavier' }, batchSize: 4, learningRate: 1 },
  { x, labels },
);
trainer.advance(2000);

console.log('XOR of 00, 01, 10, 11:', trainer.network.predict(x).join(', '));
console.log('loss:', trainer.loss?.toFixed(4));
