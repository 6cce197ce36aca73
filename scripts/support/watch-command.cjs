/**
 * Loaded with --import before the Node program that STEPNET_COMMAND, a pid, has started, and before those that this
 * one starts: neither outlives the command. What they run in turn is short and ends by itself.
 */
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { isMainThread, Worker } = require('node:worker_threads');

// Worker threads load it as well; they end with their process.
if (isMainThread) {
  const command = Number(process.env.STEPNET_COMMAND);
  new Worker(join(__dirname, 'end-with-parent.cjs'), {
    workerData: { parent: process.ppid, command },
    execArgv: [],
    env: {},
  }).unref();
  if (process.ppid !== command) {
    const own = `--import=${pathToFileURL(__filename)}`;
    process.env.NODE_OPTIONS = process.env.NODE_OPTIONS.replace(own, '').trim();
  }
}
