/** Runs to begin with: the page's form offers them, and openapi.json has them as examples of POST /runs. */
import type { GivenLayers, JobConfig } from './config.ts';

interface ExampleRun {
  /** For people. */
  summary: string;
  /** The request. */
  value: { config: Partial<Omit<JobConfig, 'layers'>> & GivenLayers };
}

const CONVOLUTIONAL: ExampleRun['value']['config'] = {
  hidden: [
    { conv: 8, kernel: 3, padding: 'same' },
    { maxPool: 2 },
    { conv: 16, kernel: 3, padding: 'same' },
    { maxPool: 2 },
    64,
  ],
  ...{ activation: 'relu', weightInit: { kind: 'he' }, optimizer: 'adam', learningRate: 0.002 },
  ...{ batchSize: 64, sampling: 'shuffle', epochs: 2 },
};

export const EXAMPLE_RUNS: Readonly<Record<string, ExampleRun>> = {
  textbook: { summary: "The textbook's network", value: { config: {} } },
  convolutional: { summary: 'A small convolutional network', value: { config: CONVOLUTIONAL } },
};
