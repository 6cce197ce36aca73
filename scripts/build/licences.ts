/** `npm run licences`: what is installed, and under which licences; fails when one of them is not accepted. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import parseLicence, { type Info } from 'spdx-expression-parse';
import { runIfStarted } from '../cli/command.ts';
import known from './licences.json' with { type: 'json' };

const LOCKS = ['package-lock.json', 'scripts/lab/bench/package-lock.json'];

export interface Exception {
  /** A pattern of the package's name. */
  name: string;
  /** As the lock file has it. */
  licence: string;
  reason: string;
}

/** Permissive ones: they ask for a notice at most, and nothing of whoever uses this project. */
const ACCEPTED: ReadonlySet<string> = new Set(known.accepted);
export const EXCEPTIONS: readonly Exception[] = known.exceptions;

interface LockedPackage {
  version?: string;
  license?: string;
  /** Of packages of the project's own, which stand in the tree as links. */
  link?: boolean;
}

export interface Lock {
  packages: Record<string, LockedPackage>;
}

export interface Licences {
  /** Packages by licence. */
  count: Map<string, number>;
  /** `name@version: why not`. */
  refused: string[];
  /** Which exceptions were needed. */
  used: ReadonlySet<Exception>;
}

/** @param lock as npm writes it, of lockfileVersion 2 or 3 */
export function checkLicences(
  lock: Lock,
  accepted: ReadonlySet<string> = ACCEPTED,
  exceptions: readonly Exception[] = EXCEPTIONS,
): Licences {
  const count = new Map<string, number>();
  const refused: string[] = [];
  const used = new Set<Exception>();
  for (const [path, { version, license, link }] of Object.entries(lock.packages)) {
    if (path === '' || link === true) continue;
    const name = path.split('node_modules/').at(-1)!;
    count.set(license ?? 'none', (count.get(license ?? 'none') ?? 0) + 1);
    const exception = exceptions.find((one) => one.licence === license && new RegExp(one.name).test(name));
    if (exception !== undefined) {
      used.add(exception);
      continue;
    }
    const reason = whyNot(license, accepted);
    if (reason !== undefined) refused.push(`${name}@${version ?? '?'}: ${reason}`);
  }
  return { count, refused, used };
}

function whyNot(license: string | undefined, accepted: ReadonlySet<string>): string | undefined {
  if (license === undefined) return 'it names no licence';
  let parsed: Info;
  try {
    parsed = parseLicence(license);
  } catch (error) {
    return `${JSON.stringify(license)} is no licence expression: ${(error as Error).message}`;
  }
  return isAccepted(parsed, accepted) ? undefined : `${license} is not accepted`;
}

/** Of OR one side is enough, of AND both are needed. Exceptions (WITH) are not known and so never accepted. */
function isAccepted(licence: Info, accepted: ReadonlySet<string>): boolean {
  if ('conjunction' in licence) {
    const [left, right] = [isAccepted(licence.left, accepted), isAccepted(licence.right, accepted)];
    return licence.conjunction === 'or' ? left || right : left && right;
  }
  return licence.exception === undefined && accepted.has(licence.license);
}

runIfStarted(import.meta, 'npm run licences: checks the licences of all locked packages', async () => {
  let isRefused = false;
  for (const file of LOCKS) {
    const lock = JSON.parse(readFileSync(join(import.meta.dirname, '../..', file), 'utf8')) as Lock;
    const { count, refused } = checkLicences(lock);
    console.log(file);
    for (const [licence, packages] of [...count].sort(([, a], [, b]) => b - a)) {
      console.log(`  ${String(packages).padStart(4)}  ${licence}`);
    }
    for (const line of refused) console.error(`  ${line}`);
    isRefused ||= refused.length > 0;
  }
  console.log('exceptions');
  for (const { name, licence, reason } of EXCEPTIONS) console.log(`  ${name}, ${licence}: ${reason}`);
  return isRefused ? 1 : 0;
});
