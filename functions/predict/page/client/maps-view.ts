/** What the first layer of a network of pictures sees of one of them: a map beside each of its filters. */
import { getReport } from './api.ts';
import { byId, create, note } from './dom.ts';
import { type Filters, filterPictures, filtersOf, mapPictures } from './filters.ts';

interface Seen {
  /** 0–255, as the network takes them. */
  pixels: ArrayLike<number>;
  /** What they are of, as in `the drawing`. */
  of: string;
  /** That has answered. */
  version: number;
}

export interface MapsView {
  /** Shows the filters of what serves; nothing for a network without convolutions, and for no model. */
  useModel(name: string | undefined): void;
  /** Whether it shows any. */
  hasFilters(): Promise<boolean>;
  /** Takes back what was shown when undefined. */
  show(seen: Seen | undefined): Promise<void>;
}

export function createMapsView(): MapsView {
  const place = byId('maps', HTMLElement);
  const title = create('h2', {});
  const scale = create('div', {});
  let model: string | undefined;
  /** By version, which an answer is of: one was promoted since, or is on trial. */
  let known = new Map<number, Filters>();
  let filters: Filters | undefined;
  let loaded = Promise.resolve();
  let frames: HTMLElement[] = [];
  let seen: Seen | undefined;

  /** @param version what serves when undefined */
  async function load(version?: number): Promise<void> {
    const [name, own] = [model, known];
    if (name === undefined) return;
    try {
      const found = filtersOf(await getReport(name, version, false));
      if (found === undefined || own !== known) return;
      known.set(found.version, found);
      showFilters(found);
    } catch (error) {
      if (own !== known) return;
      place.replaceChildren(note(`The filters of ${name} can't be shown: ${(error as Error).message}`));
    }
  }

  function showFilters(found: Filters): void {
    filters = found;
    const { pictures, key } = filterPictures(found);
    frames = pictures.map(() => create('div', { class: 'frame' }));
    const tiles = pictures.map((picture, filter) =>
      create('figure', {}, picture, frames[filter]!, create('figcaption', {}, `filter ${filter}`)),
    );
    const more = note(
      'Beside each filter its map: how much it finds at each place, all maps to one scale. ' +
        'This is what the layers behind it get.',
    );
    const scales = create('div', { class: 'scales' }, ...key.splice(1), scale);
    place.replaceChildren(title, ...key, more, scales, create('div', { class: 'maps' }, ...tiles));
    paint();
  }

  function paint(): void {
    title.textContent = `What the first layer sees${seen === undefined ? '' : ` of ${seen.of}`}`;
    const found = filters && seen && mapPictures(filters, seen.pixels);
    scale.replaceChildren(...(found === undefined ? [] : [found.scale]));
    frames.forEach((frame, filter) => {
      frame.replaceChildren(...(found === undefined ? [] : [found.maps[filter]!]));
    });
  }

  return {
    useModel(name) {
      model = name;
      known = new Map();
      filters = undefined;
      seen = undefined;
      frames = [];
      place.replaceChildren();
      loaded = load();
    },
    async hasFilters() {
      await loaded;
      return filters !== undefined;
    },
    async show(next) {
      seen = next;
      if (filters === undefined || seen === undefined || seen.version === filters.version) return paint();
      const other = known.get(seen.version);
      if (other === undefined) await load(seen.version);
      else showFilters(other);
    },
  };
}
