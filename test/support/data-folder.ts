/** Data folders of local clouds that are processes of their own. */
import { copyFileSync, cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';

/**
 * Makes one that has the synthesized app already, as after the first start.
 *
 * @param hasMnist whether MNIST's first rows are in its bucket
 */
export function makeDataFolder(path: string, hasMnist = false): string {
  mkdirSync(path);
  cpSync(dirname(inject('assembly')), path, { recursive: true });
  if (hasMnist) copyFileSync(inject('mnistStore'), join(path, 's3.sqlite'));
  return path;
}
