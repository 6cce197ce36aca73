/** docs/own-csv.md, typed line by line on a machine where no local cloud runs. */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { makeDataFolder } from '../../support/data-folder.ts';
import { commandsOf, type } from '../../support/pages.ts';
import type { Command } from '../command.ts';

const folder = mkdtempSync(join(tmpdir(), 'stepnet-page-'));
const examples = join(folder, 'examples');
cpSync(join(import.meta.dirname, '../../../docs/examples'), examples, { recursive: true });
const typed: Command[] = [];
afterAll(async () => {
  for (const command of typed) command.process.kill('SIGKILL');
  await Promise.all(typed.map(({ exit }) => exit));
  rmSync(folder, { recursive: true, force: true });
});

it('leads from a CSV to a served model, its datasets and their end', { timeout: 240_000 }, async () => {
  const data = makeDataFolder(join(folder, 'data'));
  const enter = (line: string, ...more: string[]): Command => {
    const command = type(line, ['--data', data, ...more], { 'docs/examples': examples });
    typed.push(command);
    return command;
  };
  const [first, ...rest] = commandsOf('docs/own-csv.md');
  const serving = enter(first!, '--port', '0');
  const [, endpoint] = await serving.printed(/^serving on (\S+) until Ctrl-C/m);
  expect(serving.stdout).toMatch(/^weight_g +numeric +numbers/m);
  expect(serving.stdout).toMatch(/^promoted as fruit version 1, test accuracy [01]\.\d{4}$/m);
  const [, curl] = await serving.printed(/^ {2}(curl .*)$/m);
  const { stdout } = await promisify(execFile)('sh', ['-c', curl!]);
  expect(JSON.parse(stdout)).toMatchObject({
    model: 'fruit',
    version: 1,
    predictions: [{ className: 'apple' }],
  });
  expect((await fetch(endpoint!)).headers.get('content-type')).toMatch(/^text\/html/);
  const outputs: string[] = [];
  for (const line of rest) {
    const command = enter(line);
    expect([line, await command.exit, command.stderr]).toEqual([line, 0, '']);
    outputs.push(command.stdout);
  }
  const said = (pattern: RegExp) => outputs.findIndex((text) => pattern.test(text));
  // In the order of the page: what a dry run finds, what becomes fruit-2, that it is listed, shown, deleted.
  const order = [
    said(/^colour +ignore +as you say/m),
    said(/promoted: fruit version 2|promoted as fruit version 2/),
    said(/^fruit-2 +21 \+ 9 +3 classes/m),
    said(/"usedBy"/),
    said(/^deleted fruit-2/m),
    said(/^basket is declared/m),
    said(/^promoted as basket version 1/m),
  ];
  expect(
    order.every((at, index) => at >= 0 && (index === 0 || at > order[index - 1]!)),
    String(order),
  ).toBe(true);
  expect(JSON.parse(readFileSync(join(examples, 'fruit.json'), 'utf8'))).toMatchObject({ model: 'fruit' });
  serving.process.kill('SIGINT');
  expect(await serving.exit).toBe(0);
  expect(existsSync(join(data, 'cloud.json'))).toBe(false);
  // What the first command has kept is there for the next one, which serves it no longer than it takes to ask.
  const again = enter(`npm run train -- ${join(examples, 'fruit.json')} --exit`, '--port', '0');
  expect([await again.exit, again.stderr]).toEqual([0, '']);
  expect(again.stdout).toMatch(/^asked about the example, fruit version \d says (apple|banana|lemon)$/m);
});
