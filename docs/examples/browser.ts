/**
 * MNIST in a browser, where nothing leaves the page; it can be stopped. Bundle it beside browser.html, with the four raw
 * IDX files in a folder mnist/:
 *
 *   esbuild browser.ts --bundle --format=esm --outfile=browser.js
 */
import { Model, mnistRows } from 'stepnet';

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

const stop = new AbortController();
document.getElementById('stop')!.onclick = () => stop.abort();

const model = new Model({ hidden: [50] });
try {
  await model.fit(train.x, train.labels, {
    epochs: 2,
    batchSize: 64,
    signal: stop.signal,
    onEpoch: ({ epoch, loss }) => show('progress', `epoch ${epoch}: loss ${loss.toFixed(4)}`),
  });
} catch (error) {
  if (!stop.signal.aborted) throw error;
  show('progress', `stopped at step ${model.step}`);
}
show('result', JSON.stringify(model.evaluate(test.x, test.labels)));

const link = document.createElement('a');
link.href = URL.createObjectURL(new Blob([model.save()]));
link.download = 'mnist.safetensors';
link.textContent = 'the model';
document.body.append(link);
