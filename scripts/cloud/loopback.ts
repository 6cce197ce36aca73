/** Servers that this machine alone can reach. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const LOOPBACK = '127.0.0.1';

export interface Listening {
  /** Host and port. */
  address: string;
  /** Cuts what is connected and releases the port. */
  close(): Promise<void>;
}

/** @param port 0 picks a free one @throws Error of the code EADDRINUSE when another program has the port */
export async function listenOnLoopback(server: Server, port = 0): Promise<Listening> {
  server.listen(port, LOOPBACK);
  await once(server, 'listening');
  return {
    address: `${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}
