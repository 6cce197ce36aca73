/**
 * The same 600 steps in a browser, where nothing leaves the page. Bundle it beside browser.html, with the four raw IDX
 * files in a folder mnist/:
 *
 *   esbuild browser.ts --bundle --format=esm --outfile=browser.js
 */
import { DEFAULT_CONFIG, encodeWeights, evaluate, mnistRows, Trainer } from 'stepnet';

async function read(name: string): Promise<Uint8Array> {
  const response = await fetch(`mnist/${name}`);
  if (!response.ok) throw new Error(`${name}: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}

const show = (id: string, text: string) => {
  document.getElementById(id)!.textContent = text;
};

const { train, test } = mnistRows({
  trainImages: await read('train-images-idx3-ubyte'),
  trainLabels: await read('train-labels-idx1-ubyte'),
  testImages: await read('t10k-images-idx3-ubyte'),
  testLabels: await read('t10k-labels-idx1-ubyte'),
});

const trainer = new Trainer(DEFAULT_CONFIG, train);
for (let step = 100; step <= 600; step += 100) {
  trainer.advance(step);
  show('progress', `step ${step}: loss ${trainer.loss?.toFixed(4)}`);
  // The page gets a turn to draw what it says.
  await new Promise(requestAnimationFrame);
}
show('result', JSON.stringify(evaluate(trainer.network, test)));

const link = document.createElement('a');
link.href = URL.createObjectURL(new Blob([encodeWeights(trainer.network.layers)]));
link.download = 'mnist.safetensors';
link.textContent = 'the weights';
document.body.append(link);
