import { expect, it } from 'vitest';
import { bundleAll } from '../../../../scripts/lab/simulate/bundles.ts';

const ENTRY = 'functions/validate-config/handler.ts';
const FILE = 'functions/run/validate-config.ts';

it('refuses a replacement of what is not there, or is there twice', async () => {
  const replace = (from: string) => bundleAll([ENTRY], [{ file: FILE, from, to: '' }]);
  await expect(replace('no such text')).rejects.toThrow('found 0 times');
  await expect(replace('import ')).rejects.toThrow(/found (?!0|1 )\d+ times/);
});

it('refuses a replacement in a file that is no part of the bundle', async () => {
  const elsewhere = { file: 'functions/models/latest.ts', from: 'MAX_HISTORY = 20', to: 'MAX_HISTORY = 2' };
  await expect(bundleAll([ENTRY], [elsewhere])).rejects.toThrow('latest.ts');
});
