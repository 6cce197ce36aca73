/** `npm run proof`: the whole suite with all its cases, and the tests that are too long for `npm test`. A release runs it. */
import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

export default defineConfig({
  ...base,
  test: { ...base.test, env: { ...base.test!.env, STEPNET_PROOF: '1' } },
});
