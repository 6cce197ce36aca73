/** An app whose policies lack something fails in the local cloud as it would in AWS. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import type { Template } from '../../../../scripts/cloud/assembly.ts';
import { type LocalCloud, startLocalCloud } from '../../../../scripts/cloud/cloud.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stepnet-enforced-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The app without an action in the policies whose logical id begins so. */
function startWithout(action: string, policy: string): Promise<LocalCloud> {
  const assemblyDir = join(folder, 'assembly');
  cpSync(inject('assembly'), assemblyDir, { recursive: true });
  let removed = 0;
  for (const name of readdirSync(assemblyDir).filter((file) => file.endsWith('.template.json'))) {
    const path = join(assemblyDir, name);
    const template = JSON.parse(readFileSync(path, 'utf8')) as Template;
    for (const [id, { Type, Properties }] of Object.entries(template.Resources)) {
      if (Type !== 'AWS::IAM::Policy' || !id.startsWith(policy)) continue;
      const document = Properties!.PolicyDocument as { Statement: { Action: string | string[] }[] };
      const kept = document.Statement.filter(({ Action }) => ![Action].flat().includes(action));
      removed += document.Statement.length - kept.length;
      document.Statement = kept;
    }
    writeFileSync(path, JSON.stringify(template));
  }
  expect(removed).toBe(1);
  return startLocalCloud({ assemblyDir, dataDir: join(folder, 'data'), httpPort: 0 });
}

it('a function without the right to list is told that it may not, and its log says what', async () => {
  const cloud = await startWithout('s3:ListBucket', 'PredictFunction');
  try {
    expect((await fetch(`${cloud.endpoints.http}/models`)).status).toBe(500);
    // Absent, which it must not know.
    expect((await fetch(`${cloud.endpoints.http}/models/mnist`)).status).toBe(500);
    const [log] = readdirSync(join(folder, 'data/logs')).filter((name) => name.includes('PredictFunction'));
    const text = readFileSync(join(folder, 'data/logs', log!), 'utf8');
    expect(text).toMatch(/PredictFunction\w+ is not authorized to perform s3:ListBucket on .* with prefix/);
  } finally {
    await cloud.close();
  }
});

it('a state machine without the right to call its functions does not start', async () => {
  await expect(startWithout('lambda:InvokeFunction', 'ImportRole')).rejects.toThrow(
    /Import\w+: ValidateConfig: its role does not allow lambda:InvokeFunction on arn:aws:lambda:/,
  );
});
