/** Every operation that the local S3 has, and what each understands. */
import { SOURCE } from '../copy-source.ts';
import { TAGGING } from '../tags.ts';
import { createBucket, deleteBucket, getLocation, headBucket, listBuckets } from './buckets.ts';
import { COPY_HEADERS, copyObject, PART_COPY_HEADERS, uploadPartCopy } from './copy.ts';
import { deleteObjects } from './delete-objects.ts';
import { listObjects, listObjectsV1 } from './list-objects.ts';
import { listMultipartUploads, listParts } from './list-uploads.ts';
import { abortUpload, completeUpload, createUpload, uploadPart } from './multipart.ts';
import { deleteObject, getObject, putObject } from './objects.ts';
import type { Operation } from './operation.ts';
import { OVERRIDES } from './overrides.ts';
import { deleteTagging, getTagging, putTagging } from './tagging.ts';
import { getVersioning, listObjectVersions, putVersioning } from './versioning.ts';

const PUT = 's3:PutObject';
const GET = 's3:GetObject';
const WRITES = ['if-match', 'if-none-match'];
const READS = [...WRITES, 'if-modified-since', 'if-unmodified-since'];
const LISTS = ['prefix', 'delimiter', 'max-keys', 'encoding-type'];
const SELECTS = [...OVERRIDES, 'partNumber'];

/** The more selective first: operations without selectors take what is left. */
export const OPERATIONS: readonly Operation[] = [
  {
    name: 'CreateMultipartUpload',
    on: 'POST object?uploads',
    headers: [TAGGING],
    action: PUT,
    run: createUpload,
  },
  {
    name: 'UploadPartCopy',
    on: 'PUT object?uploadId&partNumber',
    header: SOURCE,
    headers: PART_COPY_HEADERS,
    action: '',
    run: uploadPartCopy,
  },
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
    parameters: [...LISTS, 'start-after', 'continuation-token', 'fetch-owner'],
    run: listObjects,
  },
  {
    name: 'ListObjectVersions',
    on: 'GET bucket?versions',
    action: 's3:ListBucketVersions',
    parameters: [...LISTS, 'key-marker', 'version-id-marker'],
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
  {
    name: 'ListParts',
    on: 'GET object?uploadId',
    action: 's3:ListMultipartUploadParts',
    parameters: ['max-parts', 'part-number-marker'],
    run: listParts,
  },
  {
    name: 'CopyObject',
    on: 'PUT object',
    header: SOURCE,
    headers: COPY_HEADERS,
    action: '',
    conditions: WRITES,
    run: copyObject,
  },
  ...(['Version', ''] as const).flatMap((version): Operation[] => {
    const on = (method: string) => `${method} object?tagging${version && '&versionId'}`;
    const action = (verb: string) => `s3:${verb}Object${version}Tagging`;
    return [
      { name: 'GetObjectTagging', on: on('GET'), action: action('Get'), run: getTagging },
      { name: 'PutObjectTagging', on: on('PUT'), action: action('Put'), run: putTagging },
      { name: 'DeleteObjectTagging', on: on('DELETE'), action: action('Delete'), run: deleteTagging },
    ];
  }),
  {
    name: 'PutObject',
    on: 'PUT object',
    headers: [TAGGING],
    action: PUT,
    conditions: WRITES,
    run: putObject,
  },
  {
    name: 'GetObject',
    on: 'GET object?versionId',
    action: 's3:GetObjectVersion',
    parameters: SELECTS,
    conditions: READS,
    run: getObject,
  },
  {
    name: 'HeadObject',
    on: 'HEAD object?versionId',
    action: 's3:GetObjectVersion',
    parameters: SELECTS,
    conditions: READS,
    run: getObject,
  },
  {
    name: 'DeleteObject',
    on: 'DELETE object?versionId',
    action: 's3:DeleteObjectVersion',
    run: deleteObject,
  },
  {
    name: 'GetObject',
    on: 'GET object',
    action: GET,
    parameters: SELECTS,
    conditions: READS,
    run: getObject,
  },
  {
    name: 'HeadObject',
    on: 'HEAD object',
    action: GET,
    parameters: SELECTS,
    conditions: READS,
    run: getObject,
  },
  {
    name: 'DeleteObject',
    on: 'DELETE object',
    action: 's3:DeleteObject',
    conditions: ['if-match'],
    run: deleteObject,
  },
  { name: 'ListBuckets', on: 'GET service', action: 's3:ListAllMyBuckets', run: listBuckets },
  {
    name: 'ListMultipartUploads',
    on: 'GET bucket?uploads',
    action: 's3:ListBucketMultipartUploads',
    parameters: ['prefix', 'delimiter', 'key-marker', 'upload-id-marker', 'max-uploads', 'encoding-type'],
    run: listMultipartUploads,
  },
  {
    name: 'GetBucketLocation',
    on: 'GET bucket?location',
    action: 's3:GetBucketLocation',
    run: getLocation,
  },
  {
    name: 'ListObjects',
    on: 'GET bucket',
    action: 's3:ListBucket',
    parameters: [...LISTS, 'marker'],
    run: listObjectsV1,
  },
  { name: 'DeleteBucket', on: 'DELETE bucket', action: 's3:DeleteBucket', run: deleteBucket },
  { name: 'CreateBucket', on: 'PUT bucket', action: 's3:CreateBucket', run: createBucket },
  { name: 'HeadBucket', on: 'HEAD bucket', action: 's3:ListBucket', run: headBucket },
];
