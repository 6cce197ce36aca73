/**
 * Loaded with --import before AWS's runtime client in each function's process: gives it the stand-in for its native
 * part, and ends the process with its parent, however that one ends. It is plain
 * JavaScript because stripping types would take a tenth of a second of each start.
 */
import { registerHooks } from 'node:module';
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isMainThread, Worker } from 'node:worker_threads';

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === './rapid-client.node'
      ? { url: new URL('./native-client.cjs', import.meta.url).href, format: 'commonjs', shortCircuit: true }
      : // The runtime client imports the handler by its path, in which # and % are no signs of a URL.
        next(
          isAbsolute(specifier) && context.conditions.includes('import')
            ? pathToFileURL(specifier).href
            : specifier,
          context,
        ),
});

// Ctrl-C in a terminal goes to every process of the command; when a function ends is the parent's to decide.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);

// What the log's disk refuses is lost; the parent, whose lines go there as well, says so.
for (const log of [process.stdout, process.stderr]) log.on('error', () => undefined);

// Threads that the handler starts load this, too; they end with their process.
if (isMainThread) {
  // The parent holds the other end of standard input; it closes when the parent is gone, even by SIGKILL.
  process.stdin.on('end', () => process.exit(1));
  process.stdin.resume();
  process.stdin.unref?.();
  // A handler that computes for minutes hears of nothing meanwhile; a thread beside it does.
  const watcher = new URL('../../support/end-with-parent.cjs', import.meta.url);
  new Worker(watcher, { workerData: { parent: process.ppid }, execArgv: [] }).unref();
}
