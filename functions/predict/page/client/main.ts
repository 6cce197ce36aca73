/** The page: three views under #draw, #runs and #model. */
import { ApiError, listModels } from './api.ts';
import { byId, create } from './dom.ts';
import { startDrawView } from './draw-view.ts';
import { showModel } from './model-view.ts';
import { startRunsView } from './runs-view.ts';
import { askForToken, bearer, finishSignIn, startSignIn } from './sign-in.ts';

const VIEWS = ['draw', 'runs', 'model'] as const;
type View = (typeof VIEWS)[number];

const problem = byId('problem', HTMLElement);
const models = byId('models', HTMLSelectElement);

function report(error?: unknown): void {
  if (error instanceof ApiError && error.status === 401) {
    askForToken(error.message);
    return;
  }
  problem.hidden = error === undefined;
  if (error !== undefined) problem.textContent = error instanceof Error ? error.message : String(error);
}

const draw = startDrawView(report);
const runs = startRunsView(report);

function currentView(): View {
  return VIEWS.find((view) => `#${view}` === location.hash) ?? 'draw';
}

function showView(): void {
  const current = currentView();
  for (const view of VIEWS) {
    byId(view, HTMLElement).hidden = view !== current;
    const link = document.querySelector(`nav a[href="#${view}"]`)!;
    if (view === current) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  report();
  if (current === 'runs') runs.show();
  else runs.hide();
  if (current === 'model') void refreshModel();
}

async function refreshModel(): Promise<void> {
  try {
    await loadModels();
    await showModel(models.value === '' ? undefined : models.value);
  } catch (error) {
    report(error);
  }
}

/** Keeps the choice where it still is one; at first it is the one that the API prefers, or else the first. */
async function loadModels(): Promise<void> {
  const chosen = models.value;
  const names = (await listModels()).models.map(({ name }) => name);
  models.replaceChildren(...names.map((name) => create('option', { value: name }, name)));
  const preferred = names.find((name) => name === chosen) ?? names.find((name) => name === PREFERRED);
  models.value = preferred ?? names[0] ?? '';
  byId('choose-model', HTMLElement).hidden = names.length < 2;
  if (models.value !== chosen) draw.useModel(models.value);
}

/** What runs promote to when their config says nothing else. */
const PREFERRED = 'mnist';

models.addEventListener('change', () => {
  draw.useModel(models.value);
  if (currentView() === 'model') void refreshModel();
});
addEventListener('hashchange', showView);

function begin(): void {
  const token = 'authorization' in bearer() ? ' -H "authorization: Bearer $TOKEN"' : '';
  byId('curl', HTMLElement).textContent =
    `curl -s ${new URL('predict', location.origin)} --data-binary @digit.png -H 'content-type: image/png'${token}`;
  showView();
  void loadModels().catch(report);
}

void finishSignIn()
  .catch((error) => error)
  .then((error) => {
    startSignIn(begin);
    begin();
    report(error);
  });
