/** What may be changed from here: runs are started and stopped, versions promoted and taken back. */
import { type Examples, getOpenApi } from './api.ts';
import { button, create, note } from './dom.ts';
import type { Schema } from './schema-form.ts';

export interface Control {
  /** Fields of a run's config. */
  config: NonNullable<Schema['properties']>;
  /** Beside the config. */
  name: Schema;
  examples: Examples;
}

let known: Promise<Control | undefined> | undefined;

/** What openapi.json says of it; undefined where the deployment takes no changes from the page. */
export function control(): Promise<Control | undefined> {
  known ??= read();
  known.catch(() => {
    known = undefined;
  });
  return known;
}

async function read(): Promise<Control | undefined> {
  const { paths, components } = await getOpenApi();
  const { Config, StartRunRequest } = components.schemas;
  const start = paths['/runs']?.post;
  if (start === undefined) return undefined;
  const { examples } = start.requestBody.content['application/json'];
  return { config: Config!.properties!, name: StartRunRequest!.properties!.name!, examples };
}

/** Whether the deployment lets the page change something. */
export const mayChange = async (): Promise<boolean> => (await control()) !== undefined;

/** Asks before something is done. @param verb what the button says that does it */
export const confirmed = (title: string, verb: string, ...text: HTMLElement[]): Promise<boolean> =>
  ask(title, text, [verb, 'Cancel']);

/** Says what nobody is to miss. */
export const told = (title: string, text: string): Promise<boolean> =>
  ask(title, [create('p', {}, text)], ['Close']);

/** @returns whether the first of the buttons was pressed; the last one has the focus */
function ask(title: string, text: HTMLElement[], verbs: string[]): Promise<boolean> {
  const buttons = verbs.map((verb) =>
    button(verb, () => dialog.close(verb), verb === verbs.at(-1) ? { autofocus: '' } : {}),
  );
  const dialog = create(
    'dialog',
    { 'aria-labelledby': 'ask-title' },
    create('h2', { id: 'ask-title' }, title),
    ...text,
    create('div', { class: 'toolbar' }, ...buttons),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === verbs[0]);
    }),
  );
}

/** Instead of what can't be done here. @param commands that do it */
export const notHere = (commands: string): HTMLElement =>
  note(`This deployment takes no changes over HTTP: its setting manage is off. By command: ${commands}.`);
