import { describe, expect, it } from 'vitest';
import { parseWords } from '../../../scripts/cli/arguments.ts';
import { OPTIONS, readOptions } from '../../../scripts/planner/options.ts';
import { AWS } from '../../../scripts/planner/platform.ts';

function read(args: string[]) {
  const { options, words } = parseWords(args, OPTIONS);
  return readOptions(options, words);
}

describe('the options of npm run plan', () => {
  it('are lists in order, and figures of the place that replace the published ones', () => {
    const options = read(['--memory=3538, 1769,1769', '--workers=8,1', '--platform={"transitionMs":7}']);
    expect(options).toMatchObject({
      memories: [1769, 3538],
      workers: [1, 8],
      platform: { ...AWS, transitionMs: 7 },
      run: undefined,
    });
  });

  it.each([
    [['--memory', '128'], '--memory: got "128", expected a whole number from 512 to 10240'],
    [['--memory', '1769,,3538'], '--memory: got "", expected a whole number from 512 to 10240'],
    [['--workers', '1e3'], '--workers: got "1e3", expected a whole number from 1 to 1000'],
    [['--rows', 'many'], '--rows: got "many", expected a whole number from 1 to 1000000000000'],
    [['--density', '2'], '--density: got "2", expected a number from 0.0001 to 1'],
    [['--seconds', 'no'], '--seconds: got "no", expected a number from 0.01 to 600'],
    [['--run', 'a/b'], '--run: got "a/b", expected 1-80 of A-Z a-z 0-9 _ -'],
    [['--platform', '{'], '--platform: got {, expected JSON'],
    [['--platform', '[]'], '--platform: got [], expected an object'],
    [
      ['--platform', '{"name":"Mars"}'],
      '--platform: got {"name":"Mars"}, expected numbers from 0 for some of transitionMs, ',
    ],
    [['--platform', '{"requestMs":-1}'], '--platform: got {"requestMs":-1}, expected numbers from 0'],
    [['mnist'], 'got mnist, expected options alone'],
  ])('%j is refused', (args, message) => {
    expect(() => read(args)).toThrow(message);
  });
});
