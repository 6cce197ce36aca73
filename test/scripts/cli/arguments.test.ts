import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseArguments } from '../../../scripts/cli/arguments.ts';

const OWN = {
  exit: { type: 'boolean' },
  port: { type: 'string', default: '3000' },
} as const;

describe('parseArguments', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'stepnet-arguments-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const file = (content: string): string => {
    const path = join(folder, 'config.json');
    writeFileSync(path, content);
    return path;
  };

  it('refuses a field that is given twice, in a file and in a flag', () => {
    expect(() => parseArguments(['--config', file('{"seed":1,"seed":2}')], OWN)).toThrow(
      /^--config .*: "seed" stands there twice, expected once$/,
    );
    const init = '{"kind":"normal","std":1,"std":2}';
    expect(() => parseArguments(['--weightInit', init], OWN)).toThrow(
      '--weight-init: "std" stands there twice, expected once',
    );
  });

  it('reads config fields as JSON where they are JSON, else as text, in both spellings', () => {
    const { input, options } = parseArguments(
      [
        '--iterations',
        '500',
        '--layers',
        '[784,10]',
        '--activation',
        'relu',
        '--learning-rate',
        '0.2',
        '--exit',
      ],
      OWN,
    );
    expect(input).toEqual({
      iterations: 500,
      layers: [784, 10],
      activation: 'relu',
      learningRate: 0.2,
    });
    expect(options).toEqual({ exit: true, port: '3000' });
  });

  it.each<[string, string, unknown]>([
    ['iterations', '-5', -5],
    ['learning-rate', '-.5', -0.5],
    ['learning-rate', '.1', 0.1],
    ['learning-rate', '+1.', 1],
    ['learning-rate', '1e-3', 0.001],
    ['model', '2024', '2024'],
    ['model', 'true', 'true'],
    ['seed', '.5', 0.5],
    ['activation', '3', 3],
  ])('reads --%s %s as the field takes it, or else as what it looks like', (flag, text, expected) => {
    expect(Object.values(parseArguments([`--${flag}`, text], OWN).input)).toEqual([expected]);
  });

  it('reads a config file as Windows saves it', () => {
    const json = '\ufeff{"seed":1}';
    for (const encoding of ['utf8', 'utf16le'] as const) {
      const path = file('');
      writeFileSync(path, json, encoding);
      expect(parseArguments(['--config', path], OWN).input).toEqual({ seed: 1 });
    }
  });

  it('lets a flag win over the config file', () => {
    const { input } = parseArguments(['--config', file('{"seed":1,"iterations":7}'), '--seed', '2'], OWN);
    expect(input).toEqual({ seed: 2, iterations: 7 });
  });

  it.each([
    ['an unknown flag', ['--iteration', '5'], /^--iteration: unknown, did you mean --iterations\?$/],
    [
      'one in the other spelling',
      ['--learningRat=1'],
      /^--learningRat: unknown, did you mean --learning-rate\?$/,
    ],
    ['one like no other', ['-q'], /^-q: unknown, --help shows what there is$/],
    ['one that every object has', ['--constructor'], /^--constructor: unknown/],
    ['a flag without its value', ['--port'], /^--port: expected a value$/],
    ['another flag for a value', ['--port', '--exit'], /^--port: got --exit, .* is written --port=--exit$/],
    ['a value that none is taken of', ['--exit=5'], /^--exit: got 5, expected no value$/],
    ['a positional', ['5'], /^got 5, expected options alone$/],
    ['a missing file', ['--config', 'does-not-exist.json'], /does-not-exist\.json.*ENOENT/],
  ])('refuses %s', (_, argv, message) => {
    expect(() => parseArguments(argv, OWN)).toThrow(message);
  });

  it.each(['[1]', '3', 'null', '{'])('refuses a config file holding %s', (content) => {
    expect(() => parseArguments(['--config', file(content)], OWN)).toThrow(/--config .*config\.json/);
  });
});
