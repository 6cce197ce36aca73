/** The page: three views, and what of each is shown, as the address says it. */
import { ApiError, listModels } from './api.ts';
import { showCurl, startCurl } from './curl.ts';
import { byId, create } from './dom.ts';
import { startDrawView } from './draw-view.ts';
import { showModel } from './model-view.ts';
import { keepHash, modelHash, readRoute } from './route.ts';
import { startRunsView } from './runs-view.ts';
import { askForToken, finishSignIn, startSignIn } from './sign-in.ts';
import { startTrainView } from './train-view.ts';

/** What runs promote to when their config says nothing else. */
const PREFERRED = 'mnist';
/** Between two questions whether the server is there again. */
const RETRY_MS = 2000;

const problem = byId('problem', HTMLElement);
const models = byId('models', HTMLSelectElement);
let retry: number | undefined;

function report(error?: unknown): void {
  clearTimeout(retry);
  if (error instanceof ApiError && error.status === 401) {
    askForToken(error.message);
    return;
  }
  problem.hidden = error === undefined;
  if (error === undefined) return;
  problem.textContent = error instanceof Error ? error.message : String(error);
  if (error instanceof ApiError && error.status === 0) retry = setTimeout(() => void lookAgain(), RETRY_MS);
}

/** Whether the server, which was out of reach, is back; then what could not be shown is shown. */
async function lookAgain(): Promise<void> {
  try {
    await loadModels();
    showView();
  } catch (error) {
    report(error);
  }
}

const draw = startDrawView(report);
const train = startTrainView(report);
const runs = startRunsView(report);

function showView(): void {
  const { view, parts } = readRoute();
  for (const link of document.querySelectorAll('nav a')) {
    const isCurrent = link.getAttribute('data-view') === view;
    byId(link.getAttribute('data-view')!, HTMLElement).hidden = !isCurrent;
    if (isCurrent) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  report();
  if (view === 'runs') runs.show((parts[0] ?? '').split(',').filter((id) => id !== ''));
  else runs.hide();
  if (view === 'train') void train.show(parts[0]);
  if (view === 'model') void refreshModel(parts[0], parts[1]);
  if (view === 'draw' && parts[0] !== undefined) chooseModel(parts[0]);
}

async function refreshModel(name: string | undefined, version: string | undefined): Promise<void> {
  try {
    await loadModels();
    if (name !== undefined) chooseModel(name);
    const shown = name ?? models.value;
    await showModel(shown === '' ? undefined : shown, version, () => {
      // What serves now.
      keepHash(modelHash(shown));
      showView();
    });
  } catch (error) {
    report(error);
  }
}

/** Keeps the choice where it still is one; at first it is the one that the API prefers, or else the first. */
async function loadModels(): Promise<void> {
  const { view, parts } = readRoute();
  const chosen = models.value || (view === 'draw' || view === 'model' ? parts[0] : '');
  const names = (await listModels()).models.map(({ name }) => name);
  models.replaceChildren(...names.map((name) => create('option', { value: name }, name)));
  const preferred = names.find((name) => name === chosen) ?? names.find((name) => name === PREFERRED);
  byId('choose-model', HTMLElement).hidden = names.length < 2;
  chooseModel(preferred ?? names[0] ?? '');
}

let drawn = '';
function chooseModel(name: string): void {
  models.value = name;
  if (models.value === drawn) return;
  drawn = models.value;
  draw.useModel(drawn);
}

models.addEventListener('change', () => {
  chooseModel(models.value);
  const { view } = readRoute();
  if (view === 'model') location.hash = modelHash(models.value);
  if (view === 'draw') location.hash = `#draw/${models.value}`;
});
addEventListener('hashchange', showView);

function begin(): void {
  showCurl('models');
  showView();
  void loadModels().catch(report);
}

startCurl();
void finishSignIn()
  .catch((error) => error)
  .then((error) => {
    startSignIn(begin);
    begin();
    report(error);
  });
