/** Train: a form for a new run, made from the schema of its config. */
import { ApiError, getRun, postRun } from './api.ts';
import { control, notHere } from './control.ts';
import { showCurl } from './curl.ts';
import { button, byId } from './dom.ts';
import { readRoute, runsHash } from './route.ts';
import { givenConfig } from './run-rows.ts';
import { type Fields, fieldsOf, showErrors, type Values } from './schema-form.ts';
import { randomText } from './sign-in.ts';

/** What is changed most; the others stand below. */
const COMMON = [
  'dataset',
  'hidden',
  'iterations',
  'epochs',
  'batchSize',
  'learningRate',
  'activation',
  'optimizer',
  'model',
  'promotion',
];

export interface TrainView {
  /** @param runId whose config it begins with */
  show(runId: string | undefined): Promise<void>;
}

export function startTrainView(report: (error?: unknown) => void): TrainView {
  const form = byId('train-form', HTMLFormElement);
  const told = byId('train-note', HTMLElement);
  const asJson = byId('as-json', HTMLInputElement);
  const json = byId('train-json', HTMLTextAreaElement);
  const submit = byId('train-start', HTMLButtonElement);
  const trouble = byId('train-trouble', HTMLElement);
  let fields: Fields | undefined;
  let name: Fields | undefined;
  /** What was sent last, and the key that it was sent with. */
  let sent = { text: '', key: '' };

  asJson.addEventListener('change', switchMode);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void start();
  });
  return {
    async show(runId) {
      try {
        await make();
        if (fields === undefined || runId === undefined) return;
        const { config } = await getRun(runId);
        // Somebody has gone on meanwhile.
        if (readRoute().parts[0] !== runId) return;
        if (config === null) throw new Error(`${runId} has no config yet`);
        asJson.checked = false;
        write(givenConfig({ ...config.config }));
        told.textContent = `It begins with the config of ${runId}.`;
      } catch (error) {
        report(error);
      }
    },
  };

  /** Once. */
  async function make(): Promise<void> {
    if (fields !== undefined) return;
    const offered = await control();
    if (offered === undefined) {
      told.replaceChildren(notHere('npm run train, in AWS with --stack NAME'));
      return;
    }
    told.textContent =
      'What is left empty has its default. The run appears under Runs, and its model under Model.';
    name = fieldsOf({ name: offered.name }, '');
    fields = fieldsOf(offered.config, 'config');
    const { elements } = fields;
    const common = COMMON.flatMap((field) => elements.get(field) ?? []);
    const more = [...elements.values()].filter((element) => !common.includes(element));
    byId('train-common', HTMLElement).replaceChildren(...name.elements.values(), ...common);
    byId('train-more', HTMLElement).replaceChildren(...more);
    const examples = Object.values(offered.examples).map(({ summary, value }) =>
      button(summary, () => {
        fail('');
        asJson.checked = false;
        showMode();
        write(value.config);
        told.textContent = `It begins with: ${summary}.`;
      }),
    );
    byId('train-examples', HTMLElement).append(...examples);
    form.hidden = false;
  }

  function write(config: Values): void {
    const strange = fields!.write(config);
    if (strange.length === 0) return;
    // What the form has no place for is not lost.
    json.value = JSON.stringify(config, null, 2);
    asJson.checked = true;
    showMode();
  }

  function showMode(): void {
    byId('train-fields', HTMLElement).hidden = asJson.checked;
    byId('train-text', HTMLElement).hidden = !asJson.checked;
  }

  function switchMode(): void {
    fail('');
    try {
      if (asJson.checked) json.value = JSON.stringify(fields!.read(), null, 2);
      else write(JSON.parse(json.value));
      showMode();
    } catch (error) {
      asJson.checked = true;
      fail(`No JSON: ${(error as Error).message}`);
    }
  }

  function fail(message: string): void {
    // The form's fields are not there to be named while it is JSON.
    trouble.textContent = asJson.checked ? message : showErrors(form, message);
  }

  async function start(): Promise<void> {
    fail('');
    report();
    submit.disabled = true;
    try {
      const config = asJson.checked ? JSON.parse(json.value) : fields!.read();
      const request = { config, ...name!.read() };
      const text = JSON.stringify(request);
      // The same form again, as after a lost answer, is the same request: it starts no second run.
      if (text !== sent.text) sent = { text, key: randomText() };
      showCurl('runs', request);
      const { id } = await postRun(request, sent.key);
      sent = { text: '', key: '' };
      location.hash = runsHash([id]);
    } catch (error) {
      if (error instanceof ApiError && (error.status === 0 || error.status === 401)) report(error);
      else fail((error as Error).message);
    }
    submit.disabled = false;
  }
}
