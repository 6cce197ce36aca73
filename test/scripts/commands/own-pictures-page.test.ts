/** docs/own-pictures.md, typed line by line on a machine where no local cloud runs. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { makeDataFolder } from '../../support/data-folder.ts';
import { commandsOf, type } from '../../support/pages.ts';
import type { Command } from '../command.ts';

const folder = mkdtempSync(join(tmpdir(), 'stepnet-page-'));
const typed: Command[] = [];
afterAll(async () => {
  for (const command of typed) command.process.kill('SIGKILL');
  await Promise.all(typed.map(({ exit }) => exit));
  rmSync(folder, { recursive: true, force: true });
});

it('leads from a folder to a served model, its datasets and their end', { timeout: 480_000 }, async () => {
  const data = makeDataFolder(join(folder, 'data'));
  const isOnData = (line: string) => !line.includes('generate-dataset');
  const enter = (line: string, ...more: string[]): Command => {
    // Where the name stands for the folder; a dataset has it, too.
    const replaced = {
      '--images my-pictures': `--images ${folder}/my-pictures`,
      '--out my-pictures': `--out ${folder}/my-pictures`,
    };
    const command = type(line, [...(isOnData(line) ? ['--data', data] : []), ...more], replaced);
    typed.push(command);
    return command;
  };
  const toItsEnd = async (line: string): Promise<string> => {
    const command = enter(line);
    expect([line, await command.exit, command.stderr]).toEqual([line, 0, '']);
    return command.stdout;
  };
  const [generate, first, ...rest] = commandsOf('docs/own-pictures.md');
  await toItsEnd(generate!);
  const serving = enter(first!, '--port', '0');
  const [, endpoint] = await serving.printed(/^serving on (\S+) until Ctrl-C/m);
  expect(serving.stdout).toMatch(/^promoted as my-pictures version 1, test accuracy (0\.9|1)\d*/m);
  const [, curl] = await serving.printed(/^ {2}(curl .*)$/m);
  const { stdout } = await promisify(execFile)('sh', ['-c', curl!]);
  const [, shape] = /\/(\w+)\/\d+\.png/.exec(curl!)!;
  expect(JSON.parse(stdout)).toMatchObject({ model: 'my-pictures', version: 1, className: shape });
  expect((await fetch(endpoint!)).headers.get('content-type')).toMatch(/^text\/html/);
  const outputs: string[] = [];
  for (const line of rest) outputs.push(await toItsEnd(line));
  const said = (pattern: RegExp) => outputs.findIndex((text) => pattern.test(text));
  // In the order of the page: what a dry run finds, what becomes my-pictures-2, that it is listed, shown, deleted; then other layers.
  const order = [
    said(/^size +16×16 +as you say/m),
    said(/my-pictures version 2/),
    said(/^my-pictures-2 +56 \+ 24 +2 classes +18×24×3/m),
    said(/"usedBy"/),
    said(/^deleted my-pictures-2/m),
    said(/my-pictures version 3/),
  ];
  const isInOrder = order.every((at, index) => at >= 0 && (index === 0 || at > order[index - 1]!));
  expect(isInOrder, `${order}: ${outputs.at(-1)}`).toBe(true);
  serving.process.kill('SIGINT');
  expect(await serving.exit).toBe(0);
  expect(existsSync(join(data, 'cloud.json'))).toBe(false);
  // The dataset that was deleted took its files along; the first one is still there.
  const again = enter(first!, '--exit', '--port', '0');
  expect([await again.exit, again.stderr]).toEqual([0, '']);
  expect(again.stdout).toMatch(/^asked about the example, my-pictures version \d says (bar|disc|ring)$/m);
});
