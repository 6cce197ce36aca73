/** Brings the files of a dataset into the bucket, several at a time. */
import type { z } from 'zod';
import { AT_ONCE } from '../contract/limits.ts';
import type { downloadDatasetInput, downloadDatasetOutput } from '../schemas/payloads.ts';
import { type DownloadRequest, downloadFile } from './download-file.ts';

type Downloaded = z.output<typeof downloadDatasetOutput>;
type FilesRequest = z.output<typeof downloadDatasetInput> &
  Omit<DownloadRequest, 'dataset' | 'file' | 'source'>;

/** A file is begun with so much time at least, but for the first ones. */
const FILE_MS = 600_000;

/** Some files are there, and another invocation has time for what is left: the state machine sees to it. */
export class DownloadUnfinishedError extends Error {
  override readonly name = 'DownloadUnfinishedError';
}

/**
 * Files that are there already are not downloaded again, so that another attempt begins with what is left. Once one
 * fails no other is begun; those that are under way come to their ends first.
 *
 * @throws DownloadUnfinishedError when so little time is left that files were not begun
 * @throws what downloadFile throws, for the first file that fails
 */
export async function downloadFiles({ files, ...request }: FilesRequest): Promise<Downloaded> {
  const results: Downloaded['files'] = [];
  const queue = [...files.entries()];
  const failures: unknown[] = [];
  let begun = 0;
  const mayBegin = () =>
    failures.length === 0 && (begun < AT_ONCE.downloads || request.remainingMs() >= FILE_MS);
  const work = async () => {
    while (queue.length > 0 && mayBegin()) {
      const [index, file] = queue.shift()!;
      begun++;
      try {
        results[index] = await downloadFile({ ...request, ...file });
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE.downloads }, work));
  if (failures.length > 0) throw failures[0];
  if (queue.length === 0) return { files: results };
  throw new DownloadUnfinishedError(
    `${begun} of ${files.length} files are there, and the time of this invocation is over; another one brings the others`,
  );
}
