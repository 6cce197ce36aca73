/** Draw: what the network says to a drawing, while it is drawn. */
import { normalizeDigit } from '../../../../core/ingest/normalize-digit.ts';
import type { PictureForm } from '../../../../core/ingest/picture-row.ts';
import { type Answer, ApiError, type Guess, getModel, postImages, predictPath } from './api.ts';
import { showCurl } from './curl.ts';
import { byId, create } from './dom.ts';
import { Drawing } from './drawing.ts';
import { formatShare } from './format.ts';
import { createMapsView } from './maps-view.ts';
import { showDigits, showOwn } from './picture-results.ts';
import { inkPicture, signedPicture, squareOf } from './pictures.ts';
import { browserPredictor, type Predictor, serverPredictor, takesInstead } from './predictor.ts';
import { startRowsForm } from './rows-form.ts';

const CLASSES = 10;

/** Wires the view up. @param report shows what went wrong; nothing takes it away */
export function startDrawView(report: (error?: unknown) => void): { useModel(name: string): void } {
  const answerText = byId('answer', HTMLElement);
  const seen = byId('seen', HTMLElement);
  const reasons = byId('reasons', HTMLElement);
  const reasonsCaption = byId('reasons-caption', HTMLElement);
  const offline = byId('offline', HTMLInputElement);
  const bars = createBars(byId('bars', HTMLElement));
  const drawing = new Drawing(byId('pad', HTMLCanvasElement), () => void update());
  const rows = startRowsForm(report);
  const maps = createMapsView();
  let model: string | undefined;
  let predictor: Promise<Predictor> = Promise.resolve(serverPredictor(undefined));
  /** What the model takes, when that is no drawing. */
  let instead: Promise<string | undefined> = Promise.resolve(undefined);
  /** Of a model of somebody's own pictures. */
  let form: PictureForm | null = null;
  let isBusy = false;
  let isStale = false;

  byId('clear', HTMLElement).addEventListener('click', () => drawing.clear());
  byId('undo', HTMLElement).addEventListener('click', () => drawing.undo());
  offline.addEventListener('change', choosePredictor);
  const image = byId('image', HTMLInputElement);
  for (const id of ['choose-image', 'choose-pictures'])
    byId(id, HTMLElement).addEventListener('click', () => image.click());
  image.addEventListener('change', () => {
    const files = [...(image.files ?? [])];
    // So that choosing the same file again is a change, too.
    image.value = '';
    void readFiles(files);
  });
  const view = byId('draw', HTMLElement);
  view.addEventListener('dragover', (event) => {
    event.preventDefault();
    view.classList.add('dropping');
  });
  for (const end of ['dragleave', 'drop'])
    view.addEventListener(end, () => view.classList.remove('dropping'));
  view.addEventListener('drop', (event) => {
    event.preventDefault();
    void readFiles([...(event.dataTransfer?.files ?? [])]);
  });
  showNothing();
  return {
    useModel(name) {
      // What was dropped before it was known which model there is has been answered by it.
      if (model !== undefined) byId('picture-results', HTMLElement).replaceChildren();
      model = name === '' ? undefined : name;
      showCurl('models');
      void useColumns(name);
      maps.useModel(model);
      instead = takesInstead(name);
      choosePredictor();
    },
  };

  /** A model of a table has a form in place of the pad, one of own pictures a place to drop them. */
  async function useColumns(name: string): Promise<void> {
    const found = name === '' ? undefined : await getModel(name).catch(() => undefined);
    const columns = found?.columns ?? null;
    // Another one was chosen meanwhile.
    if (name !== (model ?? '')) return;
    form = found?.pictures ?? null;
    byId('draw-digits', HTMLElement).hidden = columns !== null || form !== null;
    byId('drop-pictures', HTMLElement).hidden = form === null;
    if (form !== null) {
      const { width, height, channels } = form;
      byId('drop-title', HTMLElement).textContent =
        `${name} takes pictures, which become ${width} × ${height} ${channels === 1 ? 'grey' : 'coloured'} pixels.`;
    }
    if (columns === null) rows.hide();
    else rows.show(name, columns, found?.classNames ?? []);
  }

  /** One takes the drawing's place; what several are is told in a table. */
  async function readFiles(files: readonly File[]): Promise<void> {
    const [file, ...others] = files;
    if (file === undefined) return;
    if (form !== null) {
      showCurl(predictPath(model), file);
      return showOwn(files, model!, form, maps);
    }
    if (byId('draw-digits', HTMLElement).hidden) return;
    try {
      if (others.length === 0) drawing.showImage(await createImageBitmap(file));
      else await showDigits(files, guessAll);
    } catch (error) {
      const isApi = error instanceof ApiError || others.length > 0;
      report(isApi ? error : `${file.name}: expected an image that this browser can read`);
    }
  }

  async function guessAll(images: readonly Uint8Array[]): Promise<Guess[]> {
    if (!offline.checked)
      return postImages(
        model,
        images.map((pixels) => [...pixels]),
      );
    const predict = await predictor;
    return Promise.all(images.map(predict));
  }

  function choosePredictor(): void {
    if (!offline.checked) predictor = Promise.resolve(serverPredictor(model));
    else if (model !== undefined) predictor = browserPredictor(model);
    else predictor = Promise.reject(new Error('offline mode: there is no model to load yet'));
    void update();
  }

  /** Asks about the drawing as it is now; while an answer is awaited, changes wait for it and the last one is asked. */
  async function update(): Promise<void> {
    isStale = true;
    if (isBusy) return;
    isBusy = true;
    answerText.setAttribute('aria-busy', 'true');
    while (isStale) {
      isStale = false;
      try {
        await ask();
      } catch (error) {
        showNothing();
        report(error);
      }
    }
    isBusy = false;
    answerText.setAttribute('aria-busy', 'false');
  }

  async function ask(): Promise<void> {
    // Awaited in any case: also its failure is one to tell.
    const predict = await predictor;
    const other = await instead;
    if (other !== undefined) {
      showNothing();
      answerText.replaceChildren(
        'No drawings for this model',
        create(
          'small',
          {},
          `${model} takes ${other}, and not 28 × 28 pixels. The API does: see openapi.json.`,
        ),
      );
      return;
    }
    if (drawing.isEmpty) {
      report();
      return showNothing();
    }
    const { width, height, data } = drawing.read();
    const pixels = normalizeDigit({ width, height, channels: 4, data: new Uint8Array(data.buffer) });
    seen.replaceChildren(inkPicture(pixels, 'The drawing as 28 by 28 pixels'));
    const answer = await predict(pixels);
    showCurl(predictPath(model), { pixels: [...pixels] });
    report();
    // Taken back or cleared meanwhile: the next round shows that.
    if (drawing.isEmpty) return;
    show(answer);
    await maps.show({ pixels, of: 'the drawing', version: answer.version });
  }

  function show({ class: best, className = String(best), ...answer }: Answer): void {
    const { probabilities, explanation, model: name, version } = answer;
    const where = offline.checked ? 'in this browser' : 'from the API';
    answerText.replaceChildren(
      `This is a ${className}, ${formatShare(probabilities[best])}`,
      create('small', {}, `${name} version ${version}, ${where}`),
    );
    bars(probabilities, best);
    reasons.replaceChildren(
      signedPicture(
        explanation,
        squareOf(explanation.length)!,
        `Pixels that speak for and against ${className}`,
      ),
    );
    reasonsCaption.textContent = `What speaks for ${className}, and against it`;
  }

  function showNothing(): void {
    answerText.replaceChildren('Draw a digit', create('small', {}, 'The answer follows your pen.'));
    bars([], -1);
    seen.replaceChildren();
    reasons.replaceChildren();
    reasonsCaption.textContent = 'What speaks for and against';
    void maps.show(undefined);
  }
}

function createBars(list: HTMLElement): (probabilities: readonly number[], best: number) => void {
  const rows = Array.from({ length: CLASSES }, (_, digit) => {
    const bar = create('div', { class: 'bar' });
    const share = create('span', { class: 'share' });
    const row = create(
      'li',
      {},
      create('span', {}, String(digit)),
      create('div', { class: 'track' }, bar),
      share,
    );
    list.append(row);
    return { row, bar, share };
  });
  return (probabilities, best) => {
    rows.forEach(({ row, bar, share }, digit) => {
      const probability = probabilities[digit];
      row.classList.toggle('best', digit === best);
      bar.style.width = `${(probability ?? 0) * 100}%`;
      share.textContent = formatShare(probability);
      share.title = probability === undefined ? '' : String(probability);
    });
  };
}
