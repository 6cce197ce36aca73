/** Pictures that tests of the page drop on it, and read from it; and a dataset of coloured ones. */
import { idxHeader } from '../../../core/ingest/idx.ts';
import { type PictureForm, pictureRow } from '../../../core/ingest/picture-row.ts';
import type { ObjectStore } from '../../../functions/store/object-store.ts';
import { drawShape, SHAPES } from '../../../scripts/lab/generate/shape-pictures.ts';

/** Of the dataset's pictures. */
export const SHAPES_FORM = { height: 12, width: 16, channels: 3, fit: 'crop' } satisfies PictureForm;
const ROWS = 90;

/** @returns a config's fields that declare pictures of three shapes, which are uploaded, and train on them */
export async function uploadShapes(store: ObjectStore) {
  const rows = Array.from({ length: ROWS }, (_, row) =>
    pictureRow(drawShape(SHAPES[row % 3]!, row, 1), SHAPES_FORM),
  );
  const labels = Uint8Array.from(rows, (_, row) => row % 3);
  const { height, width, channels } = SHAPES_FORM;
  const images = Buffer.concat([idxHeader([ROWS, height, width, channels]), ...rows]);
  const train = { images: { key: 'imports/shapes/images' }, labels: { key: 'imports/shapes/labels' } };
  await store.createImmutable(train.images.key, images);
  await store.createImmutable(train.labels.key, Buffer.concat([idxHeader([ROWS]), labels]));
  const dataset = {
    name: 'shapes',
    format: 'idx',
    files: { train },
    split: { testShare: 0.2 },
    classNames: [...SHAPES],
    pictures: SHAPES_FORM,
  };
  return {
    ...{ dataset, activation: 'relu', weightInit: { kind: 'he' }, optimizer: 'adam' },
    ...{ learningRate: 0.003, batchSize: 8, sampling: 'shuffle', epochs: 40 },
    ...{ chunkIterations: 360, evaluateEvery: 360 },
  };
}

/** In the page: what the canvas of this label shows, four bytes a pixel. */
export const pixelsIn = (label: string): string => `{
  const canvas = document.querySelector('canvas[aria-label=' + ${JSON.stringify(JSON.stringify(label))} + ']');
  [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data];
}`;

/** In the page: drops PNG files on the view. */
export const dropping = (files: Readonly<Record<string, Uint8Array>>): string => `{
  const dropped = new DataTransfer();
  const files = ${JSON.stringify(Object.entries(files).map(([name, bytes]) => [name, [...bytes]]))};
  for (const [name, bytes] of files) dropped.items.add(new File([Uint8Array.from(bytes)], name, { type: 'image/png' }));
  document.querySelector('#draw').dispatchEvent(new DragEvent('drop', { dataTransfer: dropped, bubbles: true }));
}`;
