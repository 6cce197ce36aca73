/**
 * Loaded with --require before a command: what V8, and Node out of TypeScript, have made of its sources the last time is
 * taken from files, which spares it half of its start. Node keeps them by version and content, and npm ci takes them away.
 */
const { enableCompileCache } = require('node:module');
const { join } = require('node:path');

enableCompileCache(join(__dirname, '../../node_modules/.cache/stepnet-compiled'));
