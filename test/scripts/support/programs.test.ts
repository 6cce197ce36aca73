import { describe, expect, it } from 'vitest';
import { runForJson } from '../../../scripts/support/programs.ts';

const node = (script: string, environment = {}) =>
  runForJson({ file: process.execPath, arguments: ['-e', script], environment });

describe('a child that is run for its JSON', () => {
  it('may say other things before', async () => {
    expect(await node('console.log("hello"); console.log(JSON.stringify({ answer: 42 }))')).toEqual({
      answer: 42,
    });
  });

  it('that fails is an error with its own words and its exit code', async () => {
    await expect(node('console.error("no such thing"); process.exit(3)')).rejects.toThrow(
      /ended with 3:\nno such thing/,
    );
  });

  it('that prints no JSON is an error with what it printed', async () => {
    await expect(node('console.log("hello")')).rejects.toThrow('printed "hello", expected JSON');
  });

  it('that does not exist is an error', async () => {
    await expect(runForJson({ file: '/nowhere/at/all', arguments: [] })).rejects.toThrow('ENOENT');
  });

  it('sees additions to the environment, and not what was taken away', async () => {
    const script = 'console.log(JSON.stringify([process.env.ADDED ?? null, process.env.PATH ?? null]))';
    expect(await node(script, { ADDED: 'yes', PATH: undefined })).toEqual(['yes', null]);
  });
});
