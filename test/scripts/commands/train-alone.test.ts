/** `npm run train` where no local cloud runs: it brings its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { houseRows } from '../../../scripts/lab/generate/csv-tables.ts';
import { makeDataFolder } from '../../support/data-folder.ts';
import { type Command, outcome, run } from '../command.ts';

const folder = mkdtempSync(join(tmpdir(), 'stepnet-alone-'));
const started: Command[] = [];
afterAll(async () => {
  for (const command of started) command.process.kill('SIGKILL');
  await Promise.all(started.map(({ exit }) => exit));
  rmSync(folder, { recursive: true, force: true });
});
function train(...args: string[]): Command {
  const command = run('commands/train.ts', [...args, '--port', '0']);
  started.push(command);
  return command;
}

describe('npm run train where no local cloud runs', { timeout: 240_000 }, () => {
  it('trains MNIST as npm start does, gives its outcome as JSON, and checks an answer', async () => {
    const data = makeDataFolder(join(folder, 'mnist'), true);
    const job = ['--iterations', '60', '--learning-rate', '0.5', '--model', 'quick'];
    const command = train('--data', data, '--json', ...job);
    expect(await command.exit, command.stderr).toBe(0);
    expect(JSON.parse(command.stdout)).toMatchObject({ model: 'quick', version: 1, promoted: true });
    expect(command.stderr).toMatch(/test image 0 is a 7; quick version 1 says 7/);
  });

  it('interrupted says how to go on, and the same words go on with the run', async () => {
    const data = makeDataFolder(join(folder, 'houses'));
    const csv = join(folder, 'houses.csv');
    writeFileSync(csv, [...houseRows('regression', 0, 400, 1)].join(''));
    const words = [
      '--csv',
      csv,
      '--target',
      'price',
      '--epochs',
      '400',
      '--chunk-iterations',
      '80',
      '--data',
      data,
    ];
    const interrupted = train(...words);
    const [, runId] = await interrupted.printed(/^run (\S+) started$/m);
    await interrupted.printed(/^ +\d+ +\d+ /m);
    process.kill(-interrupted.process.pid!, 'SIGINT');
    expect(await interrupted.exit).toBe(130);
    expect(interrupted.stdout).toContain('interrupted; the next start on this folder goes on from there');
    const again = train(...words, '--exit');
    expect([await again.exit, again.stderr]).toEqual([0, '']);
    expect(again.stdout).toContain(`run ${runId} goes on\n`);
    expect(again.stdout).toMatch(/asked about the example, houses version 1 says price \d/);
  });

  it('finds what is wrong before it starts anything', async () => {
    const data = join(folder, 'never');
    const csv = join(folder, 'wrong.csv');
    writeFileSync(csv, [...houseRows('regression', 0, 20, 1)].join(''));
    const { code, out, error } = await outcome('commands/train.ts', [
      '--csv',
      csv,
      '--target',
      'prize',
      '--data',
      data,
    ]);
    expect([code, out]).toEqual([2, '']);
    expect(error).toContain('did you mean "price"?');
    const aws = await outcome('commands/train.ts', ['--exit', '--stack', 'stepnet']);
    expect([aws.code, aws.error]).toEqual([
      2,
      '--exit: goes with a local cloud; with --stack the command ends by itself\n',
    ]);
  });
});
