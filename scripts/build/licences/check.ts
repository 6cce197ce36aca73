/** Whether everything that a lock file installs may be used by a project under the MIT licence. */
import parseLicence, { type Info } from 'spdx-expression-parse';

/** Permissive ones: they ask for a notice at most, and nothing of whoever uses this project. */
export const ACCEPTED: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
]);

export interface Exception {
  /** Of the package's name. */
  name: RegExp;
  /** As the lock file has it. */
  licence: string;
  reason: string;
}

export const EXCEPTIONS: readonly Exception[] = [
  {
    name: /^lightningcss(-[a-z0-9-]+)?$/,
    licence: 'MPL-2.0',
    reason:
      'part of vite, which runs the tests: its files are used unchanged and are in nothing that is deployed',
  },
  {
    name: /^spdx-exceptions$/,
    licence: 'CC-BY-3.0',
    reason: 'a list of names that this check itself reads; nothing of it is in what is deployed',
  },
];

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
    const exception = exceptions.find((known) => known.licence === license && known.name.test(name));
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
