/** What has become of a run, and what to do where that is no success. */
import { create } from './dom.ts';
import { modelHash } from './route.ts';
import type { RunRow } from './run-rows.ts';

/** By the error's name. docs/runbook.md says more. */
const ADVICE: Readonly<Record<string, string>> = {
  ConfigError: 'Correct what it names, and start a run with the right config under another name.',
  DatasetError: 'Correct the files or their declaration, and give the dataset another name.',
  DownloadError: 'Try again later, or name other mirrors (DatasetMirrors).',
  ConflictError: 'The name is taken. Start the run under another one.',
  TrainingDivergedError: 'Lower learningRate, warm up (warmupEpochs), or choose another weightInit.',
  RunTooLongError: 'Choose a larger chunkIterations, or leave it out.',
};
const GO_ON =
  'What was trained is kept. In AWS an execution with the same input goes on with it when its name is the ' +
  "run's with .1 behind it; on your machine npm start does so with the same config.";

/** Whether there is more to say of it than its line in the table says. */
export const isNotable = ({ state, status }: RunRow): boolean =>
  state !== 'succeeded' || status?.model !== undefined || status?.stopped !== undefined;

export function outcomeOf({ runId, state, status }: RunRow): HTMLElement {
  const { error, reason, model, version, promoted, stopped } = status ?? {};
  const say = (...text: (Node | string)[]) =>
    create('p', { class: state === 'failed' ? 'notice' : undefined }, create('b', {}, runId), ' ', ...text);
  switch (state) {
    case 'failed':
      return say(
        `has failed. ${[error, reason].filter(Boolean).join(': ') || 'No reason was recorded.'} `,
        create('span', { class: 'advice' }, ADVICE[error ?? ''] ?? GO_ON),
      );
    case 'starting':
      return say('is starting. Its first evaluation appears here.');
    case 'importing':
      return say('is importing a file of weights. The model appears when they are evaluated.');
    case 'running':
      return say('is running. Plots and figures follow it.');
    default: {
      const became =
        model === undefined
          ? []
          : [' and became ', create('a', { href: modelHash(model, version) }, `${model} version ${version}`)];
      const end = stopped === undefined ? '' : ` It ended early: ${stopped}.`;
      return say(
        'has succeeded',
        ...became,
        '.',
        end,
        promoted === false ? ` It does not serve: ${reason}.` : '',
      );
    }
  }
}
