/** An app whose policies lack something fails in the local cloud as it would in AWS. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { TestCloud } from '../../../support/test-cloud.ts';

/** The app without an action in the policies whose logical id begins so. */
async function startWithout(action: string, policy: string): Promise<TestCloud> {
  let removed = 0;
  const app = new TestCloud({
    edit(resources) {
      for (const [id, { Type, Properties }] of Object.entries(resources)) {
        if (Type !== 'AWS::IAM::Policy' || !id.startsWith(policy)) continue;
        const document = Properties!.PolicyDocument as { Statement: { Action: string | string[] }[] };
        const kept = document.Statement.filter(({ Action }) => ![Action].flat().includes(action));
        removed += document.Statement.length - kept.length;
        document.Statement = kept;
      }
    },
  });
  onTestFinished(() => app.close());
  await app.start().finally(() => expect(removed).toBe(1));
  return app;
}

it('a function without the right to list is told that it may not, and its log says what', async () => {
  const app = await startWithout('s3:ListBucket', 'PredictFunction');
  expect((await app.ask('/models')).status).toBe(500);
  // Absent, which it must not know.
  expect((await app.ask('/models/mnist')).status).toBe(500);
  const logs = join(app.folder, 'logs');
  const [log] = readdirSync(logs).filter((name) => name.includes('PredictFunction'));
  expect(readFileSync(join(logs, log!), 'utf8')).toMatch(
    /PredictFunction\w+ is not authorized to perform s3:ListBucket on .* with prefix/,
  );
});

it('a state machine without the right to call its functions does not start', async () => {
  await expect(startWithout('lambda:InvokeFunction', 'ImportRole')).rejects.toThrow(
    /Import\w+: ValidateConfig: its role does not allow lambda:InvokeFunction on arn:aws:lambda:/,
  );
});
