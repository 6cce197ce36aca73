import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { expect, it } from 'vitest';
import { listenOnLoopback } from '../../../scripts/cloud/loopback.ts';

it('a request may take as long as it likes while bytes flow, and is cut when none do', async () => {
  const server = createServer((incoming, response) => {
    incoming.resume().on('end', () => response.end('whole'));
  });
  const { address, close } = await listenOnLoopback(server, 0, 1000);
  // Node's own limit on the whole of it, which no test waits for.
  expect(server.requestTimeout).toBe(0);
  const upload = request(`http://${address}`, { method: 'PUT' });
  upload.write('a byte, and no more');
  await expect(once(upload, 'response')).rejects.toMatchObject({ code: 'ECONNRESET' });
  await close();
});
