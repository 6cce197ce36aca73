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

  it('lets a flag win over the config file', () => {
    const { input } = parseArguments(['--config', file('{"seed":1,"iterations":7}'), '--seed', '2'], OWN);
    expect(input).toEqual({ seed: 2, iterations: 7 });
  });

  it.each([
    ['an unknown flag', ['--iteration', '5'], /--iteration/],
    ['a positional', ['5'], /5/],
    ['a missing file', ['--config', 'does-not-exist.json'], /does-not-exist\.json.*ENOENT/],
  ])('refuses %s', (_, argv, message) => {
    expect(() => parseArguments(argv, OWN)).toThrow(message);
  });

  it.each(['[1]', '3', 'null', '{'])('refuses a config file holding %s', (content) => {
    expect(() => parseArguments(['--config', file(content)], OWN)).toThrow(/--config .*config\.json/);
  });
});
