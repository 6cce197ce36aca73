/** Many pictures, which threads read side by side: decoding a photo takes a second. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type PictureJob, type PictureResult, readPicture } from './read-picture.ts';

/** Of files; threads take longer to start than fewer take to be read. */
const LEAST_BYTES = 16 * 1024 * 1024;
const MOST_THREADS = 8;
/** Jobs of each thread that are begun. */
const AHEAD = 4;

/** Results in the order of the jobs. @param bytes of all files @throws what a thread throws, which is no fault of a picture */
export async function* readPictures(
  jobs: readonly PictureJob[],
  bytes: number,
): AsyncGenerator<PictureResult> {
  const threads = Math.min(availableParallelism(), MOST_THREADS, jobs.length);
  if (bytes < LEAST_BYTES || threads < 2) {
    for (const job of jobs) yield readPicture(job);
    return;
  }
  const pool = Array.from({ length: threads }, startThread);
  const ahead: Promise<PictureResult>[] = [];
  try {
    for (let next = 0; next < jobs.length || ahead.length > 0; ) {
      while (next < jobs.length && ahead.length < AHEAD * threads) {
        const result = pool[next % threads]!.read(jobs[next]!);
        // It is waited for when its turn comes; that it fails before is no reason to end the process.
        result.catch(() => {});
        ahead.push(result);
        next++;
      }
      yield await ahead.shift()!;
    }
  } finally {
    await Promise.all(pool.map(({ end }) => end()));
  }
}

function startThread() {
  const worker = new Worker(new URL('./picture-thread.ts', import.meta.url));
  // It answers in the order in which it is asked.
  const waiting: PromiseWithResolvers<PictureResult>[] = [];
  worker.on('message', (result: PictureResult) => waiting.shift()!.resolve(result));
  worker.on('error', (error) => {
    for (const each of waiting.splice(0)) each.reject(error);
  });
  return {
    read(job: PictureJob): Promise<PictureResult> {
      const result = Promise.withResolvers<PictureResult>();
      waiting.push(result);
      worker.postMessage(job);
      return result.promise;
    },
    end: () => worker.terminate(),
  };
}
