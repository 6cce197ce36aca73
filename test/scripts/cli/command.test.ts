/** What a command does when nobody reads what it prints any more. */
import { afterAll, afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { runCommand } from '../../../scripts/cli/command.ts';

const exit = vi.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
afterAll(() => exit.mockRestore());
beforeEach(() => {
  exit.mockClear();
  process.argv.splice(2);
  runCommand('', {}, () => new Promise(() => undefined));
});
afterEach(() => {
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners('error');
});

const fail = (code: string) =>
  process.stdout.emit('error', Object.assign(new Error(`write ${code}`), { code }));

it('ends without a word after `| head`, also when it has something left to print', () => {
  const said = vi.spyOn(console, 'error');
  onTestFinished(() => said.mockRestore());
  fail('EPIPE');
  fail('EPIPE');
  expect(exit.mock.calls).toEqual([[0]]);
  expect(said).not.toHaveBeenCalled();
});

it('says what its output could not be written for', () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  onTestFinished(() => said.mockRestore());
  fail('ENOSPC');
  expect(said.mock.calls).toEqual([['write ENOSPC']]);
  expect(exit.mock.calls).toEqual([[1]]);
});

it('closes first what it has open, as when it is told to end', () => {
  const close = vi.fn();
  process.once('SIGTERM', close);
  fail('EPIPE');
  expect(close).toHaveBeenCalledOnce();
  expect(exit).not.toHaveBeenCalled();
});
