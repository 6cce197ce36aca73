import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { shellWord } from '../../../scripts/support/shell.ts';
import { needs } from '../../support/needs.ts';

it('a plain path stays as it is', () => {
  expect(shellWord('@.stepnet/example.json')).toBe('@.stepnet/example.json');
});

it('a shell reads what was meant', needs(process.platform !== 'win32', 'no sh'), () => {
  const words = ['C# projects', `it's "$HOME"`, 'a?*[b]', '~', 'a;b&c|d>e', 'né\n#', '`x`\\', ''];
  const shown = execFileSync('sh', ['-c', `printf '%s\\0' ${words.map(shellWord).join(' ')}`], {
    encoding: 'utf8',
  });
  expect(shown.split('\0').slice(0, -1)).toEqual(words);
});
