/** Tiny bundles in a temporary folder, as the functions of an app. Its name has what is special in URLs and shells. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FunctionResource } from '../../../scripts/cloud/resources.ts';

export interface Workbench {
  folder: string;
  /** @param code an ES module that exports `handler` */
  bundle(name: string, code: string, more?: Partial<FunctionResource>): FunctionResource;
  remove(): void;
}

export function workbench(): Workbench {
  const folder = mkdtempSync(join(tmpdir(), 'stepnet #%41? local-'));
  return {
    folder,
    bundle(name, code, more = {}) {
      const codeFolder = join(folder, name);
      mkdirSync(codeFolder, { recursive: true });
      writeFileSync(join(codeFolder, 'index.mjs'), code);
      return {
        name,
        arn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
        codeFolder,
        handler: 'index.handler',
        memoryMb: 256,
        timeoutSeconds: 30,
        environment: {},
        ...more,
      };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Whether a process of this id runs. One that has ended but was not taken note of, as orphans in containers, does not. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0) && !isZombie(pid);
  } catch {
    return false;
  }
}

function isZombie(pid: number): boolean {
  const status = `/proc/${pid}/status`;
  return existsSync(status) && /^State:\s+Z/m.test(readFileSync(status, 'utf8'));
}
