import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readAssembly } from '../../../scripts/cloud/assembly.ts';

describe('readAssembly', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'stepnet-assembly-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const write = (name: string, content: unknown): void => {
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  };
  const stack = (id: string, dependencies: string[] = []) => ({
    type: 'aws:cloudformation:stack',
    dependencies,
    properties: { templateFile: `${id}.template.json` },
  });

  it('finds the stacks of the app, each after those it depends on, with every bundle', () => {
    const stacks = readAssembly(inject('assembly'));
    const names = stacks.map(({ name }) => name);
    expect(names.toSorted()).toEqual([
      'stepnet-batch',
      'stepnet-serving',
      'stepnet-storage',
      'stepnet-sweep',
      'stepnet-training',
    ]);
    expect(names[0]).toBe('stepnet-storage');
    for (const { template, assets } of stacks) {
      for (const { Type, Properties } of Object.values(template.Resources)) {
        if (Type !== 'AWS::Lambda::Function') continue;
        const { S3Key } = Properties!.Code as { S3Key: string };
        expect(existsSync(join(assets.get(S3Key)!, 'index.cjs'))).toBe(true);
      }
    }
  });

  it('sorts a chain of stacks that the manifest lists backwards', () => {
    for (const id of ['a', 'b', 'c']) {
      write(`${id}.template.json`, { Resources: {} });
      write(`${id}.assets.json`, { files: {} });
    }
    write('manifest.json', {
      artifacts: {
        c: stack('c', ['b', 'c.assets']),
        b: { ...stack('b', ['a']), properties: { templateFile: 'b.template.json', stackName: 'named' } },
        'c.assets': { type: 'cdk:asset-manifest' },
        a: stack('a'),
      },
    });
    expect(readAssembly(folder).map(({ name }) => name)).toEqual(['a', 'named', 'c']);
  });

  it('takes asset paths relative to its folder', () => {
    mkdirSync(join(folder, 'asset.1'), { recursive: true });
    write('a.assets.json', {
      files: {
        one: { source: { path: 'asset.1' }, destinations: { here: { objectKey: '1.zip' } } },
        container: { source: { executable: ['x'] }, destinations: { here: { objectKey: '2.zip' } } },
      },
    });
    write('manifest.json', { artifacts: { a: stack('a') } });
    expect([...readAssembly(folder)[0]!.assets]).toEqual([['1.zip', join(folder, 'asset.1')]]);
  });

  it.each([
    ['no assembly', 'elsewhere', /cloud assembly: .*elsewhere.manifest\.json: ENOENT/],
    ['a broken file', '.', /cloud assembly: .*manifest\.json: .*JSON/],
  ])('says what is wrong with %s', (_, path, message) => {
    write('manifest.json', '{');
    expect(() => readAssembly(join(folder, path))).toThrow(message);
  });
});
