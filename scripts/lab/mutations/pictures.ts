/** Mistakes in what becomes of people's pictures: the pixels that are trained on and asked about, who is tested, which class is which. */
import { type Mutation, mistake } from './mutation.ts';

const ROW = 'core/ingest/picture-row.ts';
const PREDICT = 'test/functions/predict/pictures.test.ts';
const SHARD = 'test/functions/shard-dataset';
const CLIENT = 'test/scripts/client';

export const IN_PICTURES: readonly Mutation[] = [
  mistake(
    'pictures that are predicted are taken for digits',
    'functions/inference/image-file.ts',
    'pictures === undefined ? normalize(picture, field) : pictureRow(picture, pictures)',
    'inputSize === DIGIT_PIXELS ? normalize(picture, field) : pictureRow(picture, pictures!)',
    PREDICT,
  ),
  mistake(
    'pictures that are predicted are fitted otherwise than those trained on',
    'functions/inference/image-file.ts',
    'pictureRow(picture, pictures)',
    "pictureRow(picture, { ...pictures, fit: 'stretch' })",
    PREDICT,
  ),
  mistake(
    'the form of pictures is gone with their dataset',
    'functions/inference/model-cache.ts',
    '(manifest && picturesOf(manifest)) ?? declaredPictures(document)',
    'manifest && picturesOf(manifest)',
    PREDICT,
  ),
  mistake(
    'pictures that are trained on are fitted otherwise than those predicted',
    'scripts/client/read-picture.ts',
    'pictureRow(picture, { ...form, channels: each })',
    "pictureRow(picture, { ...form, channels: each, fit: 'stretch' })",
    CLIENT,
  ),
  mistake(
    'what is transparent in a picture is black',
    ROW,
    'WHITE * (OPAQUE - alpha)',
    '0',
    'test/core/ingest',
  ),
  mistake(
    'of a wide picture the left is taken',
    ROW,
    'left: (width - w) >> 1',
    'left: 0',
    'test/core/ingest',
  ),
  mistake(
    'pictures of the test set are trained on, too',
    'functions/shard-dataset/shard-pictures.ts',
    "split.isTest(name, before + index) === (wanted === 'test')",
    "wanted === 'train' || split.isTest(name, before + index)",
    SHARD,
  ),
  mistake(
    'pictures are dealt without a look at their classes',
    'functions/shard-dataset/shard-pictures.ts',
    'labels.subarray(i, i + 1)',
    'labels.subarray(0, 1)',
    SHARD,
  ),
  mistake(
    'classes that are numbers are in the order of characters',
    'scripts/client/own-pictures.ts',
    'names.sort((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1))',
    'names.sort()',
    CLIENT,
  ),
  mistake(
    'classes are in the order in which their files come',
    'scripts/client/own-pictures.ts',
    'names.sort()',
    'names',
    CLIENT,
  ),
  mistake(
    'pictures that cannot be read are left out, however many',
    'scripts/client/own-pictures.ts',
    'bad.length > MOST_BAD * (good + bad.length)',
    'false',
    CLIENT,
  ),
  mistake(
    "a picture's line in labels.csv is that of the one before",
    'scripts/client/picture-labels.ts',
    'fields[labelColumn]',
    'rows[Math.max(0, rows.length - 2)]!.fields[labelColumn]',
    CLIENT,
  ),
];
