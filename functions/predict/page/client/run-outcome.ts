/** What has become of a run, and what to do where that is no success. */
import { postRun, postStop, type RunDetail } from './api.ts';
import { confirmed } from './control.ts';
import { button, create } from './dom.ts';
import { modelHash, trainHash } from './route.ts';
import { givenConfig, type RunRow } from './run-rows.ts';
import type { Values } from './schema-form.ts';
import { randomText } from './sign-in.ts';

/** By the error's name. docs/runbook.md says more. */
const ADVICE: Readonly<Record<string, string>> = {
  ConfigError: 'Correct what it names, and start a run with the right config under another name.',
  DatasetError: 'Correct the files or their declaration, and give the dataset another name.',
  DownloadError: 'Try again later, or name other mirrors (DatasetMirrors).',
  ConflictError: 'The name is taken. Start the run under another one.',
  TrainingDivergedError: 'Lower learningRate, warm up (warmupEpochs), or choose another weightInit.',
  RunTooLongError: 'Choose a larger chunkIterations, or leave it out.',
};
const goesOn = (runId: string) =>
  'What was trained is kept. An execution with the same config goes on with it under the name ' +
  `${runId}.1 (or .2, and so on): npm run train -- --name ${runId}.1, in AWS with --stack NAME.`;
/** Executions of one run that are looked through for a name that is free. */
const MAX_EXECUTIONS = 20;

/** What an address or a list names and the API knows nothing of. */
export const missing = (runId: string): HTMLElement =>
  create(
    'p',
    {},
    create('b', {}, runId),
    ' is not there yet: a run that was just started appears when its data is ready. Nothing comes of a name that is mistyped.',
  );

/** @param act runs what a button does, and shows what goes wrong */
export function outcomeOf(
  row: RunRow,
  detail: RunDetail | undefined,
  mayChange: boolean,
  act: (what: () => Promise<unknown>) => void,
): HTMLElement {
  const { runId, state, status } = row;
  const config = detail?.config?.config;
  const isImport = status?.totalSteps === 0;
  const actions: HTMLElement[] = [];
  const add = (text: string, what: () => Promise<unknown>) =>
    actions.push(
      button(text, () => act(what), { 'data-key': `${text} ${runId}`, 'aria-label': `${text} ${runId}` }),
    );
  if (mayChange && ['starting', 'running'].includes(state)) add('Stop', () => stop(runId));
  if (mayChange && config && !isImport && ['stopped', 'failed'].includes(state))
    add('Go on', () => goOn(runId, { ...config }));
  if (mayChange && config && !isImport)
    actions.push(
      create('a', { href: trainHash(runId), 'data-key': `train ${runId}` }, 'Start one with its config'),
    );
  return create(
    'div',
    { class: `outcome${state === 'failed' ? ' notice' : ''}` },
    create('p', {}, create('b', {}, runId), ' ', ...describe(row)),
    create('div', { class: 'toolbar' }, ...actions),
  );
}

function describe({ runId, state, status }: RunRow): (Node | string)[] {
  const { error, reason, model, version, promoted, stopped } = status ?? {};
  switch (state) {
    case 'failed':
      return [
        `has failed. ${[error, reason].filter(Boolean).join(': ') || 'No reason was recorded.'} `,
        create('span', { class: 'advice' }, ADVICE[error ?? ''] ?? goesOn(runId)),
      ];
    case 'starting':
      return ['is starting. Its first evaluation appears here.'];
    case 'importing':
      return ['is importing a file of weights. The model appears when they are evaluated.'];
    case 'running':
      return ['is running. Plots and figures follow it.'];
    case 'stopped':
      return ['was stopped. ', create('span', { class: 'advice' }, goesOn(runId))];
    default: {
      const became =
        model === undefined
          ? []
          : [' and became ', create('a', { href: modelHash(model, version) }, `${model} version ${version}`)];
      const end = stopped === undefined ? '' : ` It ended early: ${stopped}.`;
      return [
        'has succeeded',
        ...became,
        '.',
        end,
        promoted === false ? ` It does not serve: ${reason}.` : '',
      ];
    }
  }
}

async function stop(runId: string): Promise<void> {
  const text =
    'What it has trained up to its last checkpoint is kept. It can go on later: by the button Go on that is here then, ' +
    `or by npm run train -- --name ${runId}.1 with the same config.`;
  if (await confirmed(`Stop ${runId}?`, 'Stop it', create('p', {}, text))) await postStop(runId);
}

/** In an execution under the first name that is free, as names of executions are not given again. */
async function goOn(runId: string, config: Values): Promise<void> {
  for (let number = 1; number <= MAX_EXECUTIONS; number++) {
    const { status } = await postRun(
      { config: givenConfig(config), name: `${runId}.${number}` },
      randomText(),
    );
    // Else it is one that has ended before.
    if (status === 'RUNNING') return;
  }
  throw new Error(`${runId} has gone on ${MAX_EXECUTIONS} times already: npm run train goes on with it.`);
}
