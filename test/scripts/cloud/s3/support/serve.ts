/** A server in a process of its own, to be killed: `node serve.ts FILE` prints its endpoint. */
import { startS3Server } from '../../../../../scripts/cloud/s3/server.ts';

const server = await startS3Server({ file: process.argv[2]! });
server.createBucket('bucket');
console.log(server.endpoint);
