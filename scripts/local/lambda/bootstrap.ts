/**
 * Loaded with --import before AWS's runtime client in each function's process: gives it the stand-in for its native
 * part, and ends the process with its parent, however that one ends.
 */
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === './rapid-client.node'
      ? { url: new URL('./native-client.cjs', import.meta.url).href, format: 'commonjs', shortCircuit: true }
      : next(specifier, context),
});

// Ctrl-C in a terminal goes to every process of the command; when a function ends is the parent's to decide.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);

// The parent holds the other end of standard input; it closes when the parent is gone, even by SIGKILL.
process.stdin.on('end', () => process.exit(1));
process.stdin.resume();
process.stdin.unref?.();
