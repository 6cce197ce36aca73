/** Elements by id, and new ones. */

type Child = Node | string;

/** @throws Error when the document has no such element of this kind */
export function byId<T extends Element>(id: string, kind: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`the page has no ${kind.name} #${id}`);
  return element;
}

/** @param attributes as in HTML; true stands for one without value, false and undefined for its absence */
export function create<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | boolean | undefined>> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children);
  return element;
}

/** Puts what has changed into the place, and keeps where the keyboard is in it, by `data-key`. */
export function renew(place: HTMLElement, ...children: HTMLElement[]): void {
  const made = create('div', {}, ...children);
  // What has not changed stays, so that a text in it can be marked and a link be pressed.
  if (place.innerHTML === made.innerHTML && checks(place) === checks(made)) return;
  const key = place.contains(document.activeElement) && document.activeElement?.getAttribute('data-key');
  place.replaceChildren(...children);
  if (key)
    place.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

const checks = (place: HTMLElement) =>
  [...place.querySelectorAll('input')].map(({ checked }) => Number(checked)).join('');

export function button(
  text: string,
  act: () => void,
  attributes: Readonly<Record<string, string>> = {},
): HTMLButtonElement {
  const made = create('button', { type: 'button', ...attributes }, text);
  made.addEventListener('click', act);
  return made;
}

export const note = (text: string) => create('p', { class: 'note' }, text);

export function section(title: string, ...children: Node[]): HTMLElement {
  return create('div', {}, create('h2', {}, title), ...children);
}

/** A table of one line per fact. */
export function factsTable(facts: Readonly<Record<string, Child>>): HTMLTableElement {
  const rows = Object.entries(facts).map(([name, value]) =>
    create('tr', {}, create('th', { scope: 'row' }, name), create('td', {}, value)),
  );
  return create('table', { class: 'facts' }, create('tbody', {}, ...rows));
}

export interface Column<T> {
  name: string;
  /** Right-aligned. */
  isNumber?: boolean;
  cell(item: T): Child;
}

export const numberColumn = <T>(name: string, cell: Column<T>['cell']): Column<T> => ({
  name,
  isNumber: true,
  cell,
});

/** A table of one line per item; on narrow screens each becomes a block. The first column names the item. */
export function itemsTable<T>(items: readonly T[], columns: readonly Column<T>[]): HTMLTableElement {
  const kind = ({ isNumber }: Column<T>) => (isNumber === true ? 'number' : undefined);
  const head = columns.map((column) => create('th', { scope: 'col', class: kind(column) }, column.name));
  const rows = items.map((item) => {
    const [first, ...rest] = columns;
    return create(
      'tr',
      {},
      create('th', { scope: 'row' }, first!.cell(item)),
      ...rest.map((column) =>
        create('td', { class: kind(column), 'data-label': column.name }, column.cell(item)),
      ),
    );
  });
  const parts = [create('thead', {}, create('tr', {}, ...head)), create('tbody', {}, ...rows)];
  return create('table', { class: 'figures' }, ...parts);
}
