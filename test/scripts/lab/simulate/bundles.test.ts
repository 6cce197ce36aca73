import { expect, it } from 'vitest';
import { bundleAll } from '../../../../scripts/lab/simulate/bundles.ts';

const ENTRY = 'functions/validate-config/handler.ts';

it('plants a mistake in a bundle, and one in what all bundles share', async () => {
  const find = "import('./nowhere')";
  const nowhere = { file: 'functions/run/validate-config.ts', find, replace: '' };
  await expect(bundleAll([ENTRY], [nowhere])).rejects.toThrow('found 0 times');
  const shared = { file: 'functions/schemas/parse.ts', find, replace: '' };
  await expect(bundleAll([ENTRY], [shared])).rejects.toThrow('found 0 times');
});

it('refuses a mistake in a file that is no part of the bundle', async () => {
  const elsewhere = { file: 'functions/models/latest.ts', find: '20', replace: '2', within: 'MAX_HISTORY' };
  await expect(bundleAll([ENTRY], [elsewhere])).rejects.toThrow('latest.ts');
});
