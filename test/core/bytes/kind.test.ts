import { gzipSync } from 'node:zlib';
import { encode } from 'fast-png';
import { expect, it } from 'vitest';
import { asKind, kindOf } from '../../../core/bytes/kind.ts';
import { encodeOnnx } from '../../../core/exchange/onnx.ts';
import { encodeWeights } from '../../../core/exchange/weights.ts';

const layers = [{ weights: new Float32Array(6), bias: new Float32Array(2) }];
const architecture = { layers: [3, 2], activation: 'relu', output: 'softmax', loss: 'crossEntropy' } as const;
const latin = (text: string) => Buffer.from(text, 'latin1');

it.each<[string | undefined, string, Uint8Array]>([
  ['a web page', 'a login page', latin('\xef\xbb\xbf\r\n <!DOCTYPE HTML PUBLIC>')],
  ['XML', "S3's error", latin('<?xml version="1.0"?><Error>')],
  ['gzip', 'a table', gzipSync('a,b\n')],
  ['PNG', 'an image', encode({ width: 1, height: 1, channels: 1, data: Uint8Array.of(1) })],
  ['HDF5, as Keras saves', 'a model', latin('\x89HDF\r\n\x1a\n\0\0')],
  ['ONNX', 'a model', encodeOnnx(architecture, layers, 'm')],
  ['HEIC', 'a photo', latin('\0\0\0\x18ftypheic\0\0\0\0')],
  ['UTF-16 text', 'a table', latin('\xff\xfea\0,\0b\0')],
  [undefined, 'weights', encodeWeights(layers)],
  [undefined, 'a table', latin('BMI,PAR1,PK\n1,2,3\n')],
  ['WebP', 'an image', latin('RIFF\x24\0\0\0WEBPVP8 ')],
  // Names of columns that stand where other formats have their mark.
  [undefined, 'a table', latin('ftype,price\n')],
  [undefined, 'a table', latin('id1,ftype\n')],
  [undefined, 'a table', latin('width,h,WEBP\n')],
  [undefined, 'a table', latin('GIF8,x\n')],
  [undefined, 'IDX', Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 7)],
  [undefined, 'nothing', new Uint8Array(0)],
])('%s: %s', (kind, _, bytes) => {
  expect(kindOf(bytes)).toBe(kind);
  expect(asKind(bytes)).toBe(kind === undefined ? '' : `: it is ${kind}`);
});
