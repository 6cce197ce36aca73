/** ONNX Runtime's own binding for Node: inference with the model that core/exchange/onnx.ts writes. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ONNX_NAMES } from '../../../../core/exchange/onnx.ts';
import { measureInference, readCommand, readImages, report, scaled } from './harness.ts';

interface OnnxRuntime {
  env: { versions: Record<string, string> };
  Tensor: new (type: 'float32', data: Float32Array, shape: number[]) => { data: Float32Array };
  InferenceSession: {
    create(
      model: Uint8Array,
      options: { intraOpNumThreads: number; interOpNumThreads: number; graphOptimizationLevel: 'all' },
    ): Promise<{
      run(feeds: Record<string, { data: Float32Array }>): Promise<Record<string, { data: Float32Array }>>;
    }>;
  };
}

// Required, with the part of its types in use: this project does not depend on the package.
const ort: OnnxRuntime = createRequire(import.meta.url)('onnxruntime-node');
const { task, options } = readCommand();
const { inputs } = task.plan[0]!;
const session = await ort.InferenceSession.create(readFileSync(task.onnx), {
  intraOpNumThreads: options.threads,
  interOpNumThreads: 1,
  graphOptimizationLevel: 'all',
});
const placed = tensor(scaled(readImages(task, 't10k').pixels));
const result = await measureInference(task, {
  single: (image) => run(tensor(scaled(image))),
  batch: () => run(placed),
  batchFromBytes: (images) => run(tensor(scaled(images))),
});
report({ ...result, versions: { onnxruntime: ort.env.versions.node ?? 'unknown', node: process.version } });

function tensor(images: Float32Array) {
  return new ort.Tensor('float32', images, [images.length / inputs, inputs]);
}

async function run(x: { data: Float32Array }): Promise<Float32Array> {
  return (await session.run({ [ONNX_NAMES.input]: x }))[ONNX_NAMES.output]!.data;
}
