import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';

it("a process that stays on its machine fetches past the shell's proxy", async () => {
  const server = createServer((_, response) => response.end('here')).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const module = new URL('../../../scripts/support/surroundings.ts', import.meta.url);
  const script = `
    import { stayOnThisMachine } from ${JSON.stringify(module)};
    stayOnThisMachine();
    console.log(await (await fetch('http://127.0.0.1:${(server.address() as AddressInfo).port}')).text());`;
  const env = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: 'http://127.0.0.1:1', NO_PROXY: 'elsewhere.test' };
  const ran = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env });
  expect(ran.stdout).toBe('here\n');
});
