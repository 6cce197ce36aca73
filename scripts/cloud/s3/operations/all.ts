/** Every operation that the local S3 has, and what each understands. */
import { createBucket, headBucket, listBuckets } from './buckets.ts';
import { deleteObjects } from './delete-objects.ts';
import { listObjects } from './list-objects.ts';
import { abortUpload, completeUpload, createUpload, uploadPart } from './multipart.ts';
import { deleteObject, getObject, putObject } from './objects.ts';
import type { Operation } from './operation.ts';
import { getVersioning, listObjectVersions, putVersioning } from './versioning.ts';

const PUT = 's3:PutObject';
const GET = 's3:GetObject';
const WRITES = ['if-match', 'if-none-match'];
const READS = [...WRITES, 'if-modified-since', 'if-unmodified-since'];
const LISTS = ['prefix', 'delimiter', 'start-after', 'continuation-token', 'max-keys', 'encoding-type'];

/** The more selective first: operations without selectors take what is left. */
export const OPERATIONS: readonly Operation[] = [
  { name: 'CreateMultipartUpload', on: 'POST object?uploads', action: PUT, run: createUpload },
  { name: 'UploadPart', on: 'PUT object?uploadId&partNumber', action: PUT, run: uploadPart },
  {
    name: 'CompleteMultipartUpload',
    on: 'POST object?uploadId',
    action: PUT,
    conditions: WRITES,
    run: completeUpload,
  },
  {
    name: 'AbortMultipartUpload',
    on: 'DELETE object?uploadId',
    action: 's3:AbortMultipartUpload',
    run: abortUpload,
  },
  { name: 'DeleteObjects', on: 'POST bucket?delete', action: '', run: deleteObjects },
  {
    name: 'ListObjectsV2',
    on: 'GET bucket?list-type=2',
    action: 's3:ListBucket',
    parameters: LISTS,
    run: listObjects,
  },
  {
    name: 'ListObjectVersions',
    on: 'GET bucket?versions',
    action: 's3:ListBucketVersions',
    parameters: ['prefix', 'delimiter', 'key-marker', 'version-id-marker', 'max-keys', 'encoding-type'],
    run: listObjectVersions,
  },
  {
    name: 'GetBucketVersioning',
    on: 'GET bucket?versioning',
    action: 's3:GetBucketVersioning',
    run: getVersioning,
  },
  {
    name: 'PutBucketVersioning',
    on: 'PUT bucket?versioning',
    action: 's3:PutBucketVersioning',
    run: putVersioning,
  },
  { name: 'PutObject', on: 'PUT object', action: PUT, conditions: WRITES, run: putObject },
  {
    name: 'GetObject',
    on: 'GET object?versionId',
    action: 's3:GetObjectVersion',
    conditions: READS,
    run: getObject,
  },
  {
    name: 'HeadObject',
    on: 'HEAD object?versionId',
    action: 's3:GetObjectVersion',
    conditions: READS,
    run: getObject,
  },
  {
    name: 'DeleteObject',
    on: 'DELETE object?versionId',
    action: 's3:DeleteObjectVersion',
    run: deleteObject,
  },
  { name: 'GetObject', on: 'GET object', action: GET, conditions: READS, run: getObject },
  { name: 'HeadObject', on: 'HEAD object', action: GET, conditions: READS, run: getObject },
  {
    name: 'DeleteObject',
    on: 'DELETE object',
    action: 's3:DeleteObject',
    conditions: ['if-match'],
    run: deleteObject,
  },
  { name: 'ListBuckets', on: 'GET service', action: 's3:ListAllMyBuckets', run: listBuckets },
  { name: 'CreateBucket', on: 'PUT bucket', action: 's3:CreateBucket', run: createBucket },
  { name: 'HeadBucket', on: 'HEAD bucket', action: 's3:ListBucket', run: headBucket },
];
