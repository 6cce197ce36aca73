/**
 * What Lambda loads of each function; the rest is in the bundle beside it. A file of its own, because the runtime imports it:
 * Node then reads the whole file for the names of its exports before it runs it, and does not when it is required.
 */
import { join } from 'node:path';
import { mapStackTraces } from '../observe/stack-traces.ts';

const bundle = join(__dirname, 'main.cjs');
mapStackTraces(bundle);

export const { handler } = require(bundle);
