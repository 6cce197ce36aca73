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

/** Longer than our clients leave a connection alone, and than anything here takes to answer. */
const IDLE_MS = 120_000;

/**
 * Node's own limits are none of AWS's: it cuts an upload after five minutes though bytes flow, and a connection after five
 * idle seconds, into which a client then writes that was computing meanwhile.
 *
 * @param port 0 picks a free one
 * @param idleMs after how long without a byte a connection is cut; 0 for never
 * @throws Error of the code EADDRINUSE when another program has the port
 */
export async function listenOnLoopback(server: Server, port = 0, idleMs = IDLE_MS): Promise<Listening> {
  server.requestTimeout = 0;
  server.timeout = idleMs;
  server.keepAliveTimeout = idleMs;
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

/** Names that no server of names can lead elsewhere: addresses, and localhost with all below it (RFC 6761). */
const LOOPBACK_NAME = /^(?:127\.0\.0\.1|\[::1\]|(?:[a-z0-9-]+\.)*localhost)(?::\d+)?$/i;

/**
 * Whether a request's Host is this machine. A web page whose own name was made to resolve to this machine (DNS rebinding)
 * could otherwise talk to a server here through the browser.
 */
export const isLoopbackName = (host: string | undefined): boolean =>
  host !== undefined && LOOPBACK_NAME.test(host);

/** The port is taken by another program. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';
}

/**
 * What to do about a server that could not be started: says which option of `npm start` names another port.
 * @throws PortInUseError, or the error itself when it is another one
 */
export const portTaken =
  (port: number, option: string) =>
  (error: NodeJS.ErrnoException): never => {
    if (error.code !== 'EADDRINUSE') throw error;
    const advice = `stop what listens there, or choose another with ${option}`;
    throw new PortInUseError(`port ${port} is in use: ${advice}`, { cause: error });
  };
