/** Node's modules for a container: those that reach outside are replaced, the others are the real ones. */
import { constants } from 'node:fs';
import { createRequire } from 'node:module';
import { Transform } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import type { Random } from './random.ts';

interface Own {
  http: Record<string, unknown>;
  timers: { setTimeout: (act: () => void, ms: number) => unknown };
  process: object;
  console: object;
  random: Random;
}

/** Without clock, chance or anything outside. */
const REAL = new Set(
  'assert async_hooks buffer dns events module net path stream string_decoder url util'.split(' '),
);
const nodeRequire = createRequire(import.meta.url);

/** @returns `require` of the container. It throws for a module that would make the simulation depend on its surroundings */
export function platformModules(own: Own): (name: string) => unknown {
  const absent = async () => {
    throw Object.assign(new Error('the simulation has no files'), { code: 'ENOENT' });
  };
  const replaced: Record<string, () => unknown> = {
    http: () => own.http,
    https: () => own.http,
    fs: () => ({ constants, promises: { readFile: absent }, readFile: absent, existsSync: () => false }),
    'fs/promises': () => ({ readFile: absent }),
    'timers/promises': () => ({
      setTimeout: (ms: number) => new Promise<void>((resolve) => own.timers.setTimeout(resolve, ms)),
      setImmediate: () => new Promise<void>((resolve) => own.timers.setTimeout(resolve, 0)),
    }),
    zlib: () => ({ createGunzip, createBrotliDecompress: notSimulated }),
    console: () => ({
      Console: class {
        constructor() {
          Object.assign(this, own.console);
        }
      },
    }),
    process: () => own.process,
    os: () => ({
      ...(nodeRequire('node:os') as object),
      homedir: () => '/home/simulated',
      availableParallelism: () => 1,
    }),
    crypto: () => {
      const crypto = nodeRequire('node:crypto') as typeof import('node:crypto');
      const bytes = (size: number) => Buffer.from(Array.from({ length: size }, () => own.random.below(256)));
      return {
        ...crypto,
        randomBytes: bytes,
        randomInt: (from: number, to: number) => from + own.random.below(to - from),
        randomUUID: () =>
          bytes(16)
            .toString('hex')
            .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
      };
    },
    // Loaded for credentials and threads that are never asked for.
    child_process: () => ({}),
    worker_threads: () => ({}),
    // Of the whole process; the simulated networks are trained by the plain reference.
    v8: () => ({ setFlagsFromString: () => {} }),
  };
  return (specifier) => {
    const name = specifier.replace(/^node:/, '');
    if (REAL.has(name)) return nodeRequire(`node:${name}`);
    const module = replaced[name];
    if (module === undefined) throw new Error(`the simulation has no stand-in for the module ${specifier}`);
    return module();
  };
}

function notSimulated(): never {
  throw new Error('the simulation has no stand-in for this');
}

/** Unpacks at the end of its input: zlib's own thread would make the order of events depend on the machine. */
function createGunzip(): Transform {
  const chunks: Buffer[] = [];
  return new Transform({
    transform(chunk: Buffer, _, done) {
      chunks.push(chunk);
      done();
    },
    flush(done) {
      try {
        done(null, gunzipSync(Buffer.concat(chunks)));
      } catch (error) {
        done(error as Error);
      }
    },
  });
}
