import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { startServer } from '../../functions/support/http-server.ts';

it("a process that stays on its machine fetches past the shell's proxy", async () => {
  const server = await startServer((_, response) => response.end('here'));
  onTestFinished(() => server.close());
  const module = new URL('../../../scripts/support/surroundings.ts', import.meta.url);
  const script = `
    import { stayOnThisMachine } from ${JSON.stringify(module)};
    stayOnThisMachine();
    console.log(await (await fetch('${server.url}')).text());`;
  const env = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: 'http://127.0.0.1:1', NO_PROXY: 'elsewhere.test' };
  const ran = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env });
  expect(ran.stdout).toBe('here\n');
});
