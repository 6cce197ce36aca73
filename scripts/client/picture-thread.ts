/** A thread that reads pictures, one after the other. */
import { parentPort } from 'node:worker_threads';
import { type PictureJob, readPicture } from './read-picture.ts';

parentPort!.on('message', (job: PictureJob) => parentPort!.postMessage(readPicture(job)));
