/** `npm run soak`: the tests under load, for half a minute instead of seconds. */
import { mergeConfig } from 'vitest/config';
import base from './vitest.config.ts';

export default mergeConfig(base, { test: { env: { SOAK_SECONDS: '30' }, testTimeout: 300_000 } });
