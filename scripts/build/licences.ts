/** `npm run licences`: what is installed, and under which licences; fails when one of them is not accepted. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkLicences, EXCEPTIONS, type Lock } from './licences/check.ts';

const LOCKS = ['package-lock.json', 'scripts/lab/bench/package-lock.json'];

let failed = false;
for (const file of LOCKS) {
  const lock = JSON.parse(readFileSync(join(import.meta.dirname, '../..', file), 'utf8')) as Lock;
  const { count, refused } = checkLicences(lock);
  console.log(file);
  for (const [licence, packages] of [...count].sort(([, a], [, b]) => b - a)) {
    console.log(`  ${String(packages).padStart(4)}  ${licence}`);
  }
  for (const line of refused) console.error(`  ${line}`);
  failed ||= refused.length > 0;
}
console.log('exceptions');
for (const { name, licence, reason } of EXCEPTIONS) console.log(`  ${name.source}, ${licence}: ${reason}`);
if (failed) process.exitCode = 1;
