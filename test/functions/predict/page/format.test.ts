import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { formatDuration, shellQuoted } from '../../../../functions/predict/page/client/format.ts';

it.each(["it's", "'", 'a "b" $HOME `id` \\', '{"rows":[{"name":"O\'Neill"}]}'])(
  'quotes %j so that a shell reads it as it is',
  (text) => {
    const said = execFileSync('sh', ['-c', `printf %s ${shellQuoted(text)}`], { encoding: 'utf8' });
    expect(said).toBe(text);
  },
);

it.each([
  [0, '0.0 s'],
  [9.96, '10.0 s'],
  [59.9, '59 s'],
  [60, '1 min 0 s'],
  [3599, '59 min 59 s'],
  [3725, '1 h 2 min'],
  [360_000, '100 h 0 min'],
])('says %d seconds as %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});
