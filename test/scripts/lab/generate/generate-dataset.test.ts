import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../../..');
const folder = mkdtempSync(join(tmpdir(), 'stepnet-generate-'));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (...args: string[]) =>
  spawnSync(process.execPath, ['scripts/lab/generate-dataset.ts', ...args], { cwd: ROOT, encoding: 'utf8' });

it('writes the files of a kind, whole ones only', () => {
  const out = join(folder, 'kdd');
  const { status, stdout } = run('--kind', 'kddcup99', '--rows', '200', '--seed', '3', '--out', out);
  expect([status, stdout]).toEqual([0, `${join(out, 'kddcup.data.gz')}\n${join(out, 'corrected.gz')}\n`]);
  expect(readdirSync(out).sort()).toEqual(['corrected.gz', 'kddcup.data.gz']);
  const lines = gunzipSync(readFileSync(join(out, 'kddcup.data.gz')))
    .toString()
    .trimEnd()
    .split('\n');
  expect(lines).toHaveLength(200);
  expect(new Set(lines.map((line) => line.split(',').length))).toEqual(new Set([42]));
});

it('writes a schema beside CSV files', () => {
  const out = join(folder, 'csv');
  expect(run('--kind', 'csv-regression', '--rows', '50', '--out', out).status).toBe(0);
  expect(JSON.parse(readFileSync(join(out, 'schema.json'), 'utf8'))).toMatchObject({
    header: true,
    target: { columns: ['price'] },
  });
});
