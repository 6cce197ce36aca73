/**
 * Fields of a form made from a JSON schema: what is left empty is left out of the value, and the schema's default stands in
 * its place. What is wrong is the API's to say: a text that is no number goes out as it is.
 */
import { create } from './dom.ts';
import { formatCount } from './format.ts';

/** As far as forms know it; what they don't know is written as JSON. */
export interface Schema {
  type?: string;
  enum?: readonly unknown[];
  const?: unknown;
  default?: unknown;
  examples?: readonly string[];
  description?: string;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  exclusiveMaximum?: number;
  items?: Schema;
  properties?: Readonly<Record<string, Schema>>;
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
}

export type Values = Readonly<Record<string, unknown>>;

interface Control {
  elements: HTMLElement[];
  /** undefined where it is left out. */
  read(): unknown;
  /** @returns whether it has a place for such a value */
  write(value: unknown): boolean;
}

export interface Fields {
  /** By name. */
  elements: ReadonlyMap<string, HTMLElement>;
  read(): Values;
  /** What is not named is left out. @returns the names of values that there is no place for */
  write(values: Values): string[];
}

/** @param root of the names that errors have: `config` for `config.seed`, empty for `name` */
export function fieldsOf(properties: NonNullable<Schema['properties']>, root: string): Fields {
  const controls = new Map<string, Control>();
  const elements = new Map<string, HTMLElement>();
  for (const [name, schema] of Object.entries(properties)) {
    const path = root === '' ? name : `${root}.${name}`;
    if (schema.const !== undefined) continue;
    const control = controlOf(schema, path);
    controls.set(name, control);
    const help = [schema.description, rangeOf(schema)].filter(Boolean).join('; ');
    elements.set(
      name,
      create(
        'div',
        { 'data-path': path },
        create('label', { for: path }, name),
        ...control.elements,
        create('small', { id: `${path}-help` }, sentence(help)),
      ),
    );
  }
  return {
    elements,
    read: () =>
      Object.fromEntries(
        [...controls]
          .map(([name, control]) => [name, control.read()])
          .filter(([, value]) => value !== undefined),
      ),
    write(values) {
      const strange = Object.keys(values).filter((name) => !controls.has(name) && !properties[name]?.const);
      for (const [name, control] of controls) if (!control.write(values[name])) strange.push(name);
      return strange;
    },
  };
}

/** Shows what is wrong where it is; from the last time, nothing. @returns what no field of the form is named in */
export function showErrors(form: HTMLElement, message: string): string {
  for (const old of form.querySelectorAll('.wrong')) old.remove();
  for (const old of form.querySelectorAll('[aria-invalid]')) old.removeAttribute('aria-invalid');
  let first: HTMLElement | undefined;
  // A clause for each field: `config.layers[1]: got 0, expected at least 1; name: …`.
  const left = message.split(/; (?=config\.|name:)/).filter((clause) => {
    const [path = ''] = /^[\w.]+(?=[[:])/.exec(clause) ?? [];
    const place = nearest(form, path);
    if (place === null) return true;
    place.append(create('small', { class: 'wrong', id: `${path}-wrong` }, clause));
    place.closest('details')?.setAttribute('open', '');
    const control = place.querySelector<HTMLElement>('input, select, textarea')!;
    control.setAttribute('aria-invalid', 'true');
    first ??= control;
    return false;
  });
  first?.focus();
  return left.join('; ');
}

/** Of `config.weightInit.std` that field, or else the one of `config.weightInit`. */
function nearest(form: HTMLElement, path: string): Element | null {
  const place = form.querySelector(`[data-path="${path}"]`);
  const outer = path.replace(/\.?\w+$/, '');
  return place !== null || outer === '' ? place : nearest(form, outer);
}

function controlOf(schema: Schema, path: string): Control {
  const options = optionsOf(schema, path);
  return options === undefined ? textControl(schema, path) : choiceControl(schema, path, options);
}

interface Option {
  name: string;
  value?: unknown;
  /** What is to be said beside the choice. */
  inside?: Control;
}

/** What there is to choose from; undefined where a text is to be written. */
function optionsOf(schema: Schema, path: string): Option[] | undefined {
  const { type, properties } = schema;
  const kinds = schema.anyOf ?? schema.oneOf;
  if (kinds !== undefined) {
    const all = kinds.flatMap((kind) => {
      const isUnion = (kind.anyOf ?? kind.oneOf) !== undefined;
      return (isUnion ? undefined : optionsOf(kind, path)) ?? [written(kind, path)];
    });
    return [...(schema.examples ?? []).map((value) => ({ name: value, value })), ...all];
  }
  const values = schema.const === undefined ? schema.enum : [schema.const];
  if (values !== undefined) return values.map((value) => ({ name: String(value), value }));
  if (type === 'boolean') return [true, false].map((value) => ({ name: String(value), value }));
  if (type !== 'object') return undefined;
  // Objects of many forms, such as declarations of datasets, are no form any more.
  const isSmall = properties !== undefined && Object.values(properties).every(isSimple);
  return [isSmall ? group(properties, path) : { name: 'as JSON', inside: jsonControl(path) }];
}

const isSimple = ({ type, enum: values, const: one }: Schema) =>
  values !== undefined ||
  one !== undefined ||
  ['number', 'integer', 'string', 'boolean'].includes(type ?? '');

const written = (kind: Schema, path: string): Option =>
  kind.type === 'string'
    ? { name: 'another', inside: textControl(kind, `${path}.text`) }
    : { name: 'as JSON', inside: jsonControl(path) };

/** An object: its kind, or the names of its fields, and the fields. */
function group(properties: NonNullable<Schema['properties']>, path: string): Option {
  const fields = fieldsOf(properties, path);
  const [kind, { const: only } = {}] = Object.entries(properties).find(([, one]) => one.const) ?? [];
  const fixed = kind === undefined ? {} : { [kind]: only };
  return {
    name: kind === undefined ? `with ${[...fields.elements.keys()].join(', ')}` : String(only),
    inside: {
      elements: [...fields.elements.values()],
      read: () => ({ ...fixed, ...fields.read() }),
      write: (value) =>
        typeof value === 'object' &&
        value !== null &&
        (kind === undefined || (value as Values)[kind] === only) &&
        fields.write(value as Values).length === 0,
    },
  };
}

function choiceControl(schema: Schema, path: string, all: Option[]): Control {
  const usual = JSON.stringify(schema.default);
  const options = all.filter(({ inside, value }) => inside !== undefined || JSON.stringify(value) !== usual);
  const none = usual === undefined ? 'left out' : `${shown(schema.default)} (default)`;
  const select = create(
    'select',
    { id: path, 'aria-describedby': `${path}-help` },
    ...[none, ...options.map(({ name }) => name)].map((name, at) =>
      create('option', { value: String(at) }, name),
    ),
  );
  const place = create('div', { class: 'inside' });
  const chosen = () => options[select.selectedIndex - 1];
  const show = () => place.replaceChildren(...(chosen()?.inside?.elements ?? []));
  select.addEventListener('change', show);
  return {
    elements: [select, place],
    read: () => {
      const option = chosen();
      return option?.inside === undefined ? option?.value : option.inside.read();
    },
    write(value) {
      const text = JSON.stringify(value);
      const at = options.findIndex((option) =>
        option.inside === undefined ? JSON.stringify(option.value) === text : option.inside.write(value),
      );
      const isLeftOut = text === undefined || text === usual;
      select.selectedIndex = isLeftOut ? 0 : at + 1;
      show();
      return isLeftOut || at >= 0;
    },
  };
}

/** A text, a number, or a list with commas between. */
function textControl({ type, items, default: usual }: Schema, path: string): Control {
  const isText = type === 'string';
  const attributes = {
    id: path,
    'aria-describedby': `${path}-help`,
    placeholder: usual === undefined ? undefined : shown(usual),
    autocomplete: 'off',
    spellcheck: 'false',
  };
  const inputmode = isText || items !== undefined ? undefined : 'decimal';
  // Objects among the entries take room.
  const input =
    items?.anyOf === undefined
      ? create('input', { type: 'text', inputmode, ...attributes })
      : create('textarea', { rows: '2', ...attributes });
  return {
    elements: [input],
    read() {
      const text = input.value.trim();
      if (text === '') return undefined;
      if (isText) return text;
      if (items === undefined) return numberOr(text);
      // Layers of pictures are objects, among numbers.
      const list = [text, `[${text}]`].map(jsonOr).find(Array.isArray);
      if (list !== undefined || text.includes('{')) return list ?? text;
      return text
        .split(/[\s,[\]]+/)
        .filter(Boolean)
        .map(numberOr);
    },
    write(value) {
      const isUsual = JSON.stringify(value) === JSON.stringify(usual);
      input.value = value === undefined || isUsual ? '' : shown(value);
      return !isText || value === undefined || typeof value === 'string';
    },
  };
}

function jsonControl(path: string): Control {
  const area = create('textarea', { rows: '6', 'aria-label': `${path} as JSON`, spellcheck: 'false' });
  return {
    elements: [area],
    read: () => jsonOr(area.value),
    write(value) {
      area.value = value === undefined ? '' : JSON.stringify(value, null, 2);
      return typeof value === 'object';
    },
  };
}

const numberOr = (text: string) => (Number.isFinite(Number(text)) ? Number(text) : text);

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The API says where it is no such value.
    return text;
  }
}

/** As its field has it. */
function shown(value: unknown): string {
  if (Array.isArray(value)) {
    const entries = value.map((entry) => (typeof entry === 'object' ? JSON.stringify(entry) : entry));
    return entries.length === 0 ? '[]' : entries.join(', ');
  }
  return typeof value === 'object' && value !== null ? Object.values(value).join(' ') : String(value);
}

const sentence = (text: string) => text.replaceAll('`', '').replace(/^[a-z]/, (first) => first.toUpperCase());

function rangeOf(schema: Schema): string {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = schema.items ?? schema;
  const from = minimum === undefined ? between('above', exclusiveMinimum) : `from ${formatCount(minimum)}`;
  const to = maximum === undefined ? between('below', exclusiveMaximum) : `to ${formatCount(maximum)}`;
  return `${from} ${to}`.trim();
}

const between = (word: string, end: number | undefined) =>
  end === undefined ? '' : `${word} ${formatCount(end)}`;
