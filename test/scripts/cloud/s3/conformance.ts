/**
 * What the functions rely on in an S3, as tests that any implementation can be held to: the local one, an in-memory
 * one, or the service itself with a bucket of its own.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import { checksumTests } from './conformance/checksums.ts';
import { conditionTests } from './conformance/conditions.ts';
import { copyTests } from './conformance/copies.ts';
import { listingTests } from './conformance/listing.ts';
import { multipartTests } from './conformance/multipart.ts';
import { multipartChecksumTests } from './conformance/multipart-checksums.ts';
import { objectTests } from './conformance/objects.ts';
import { partTests } from './conformance/parts.ts';
import { type S3Target, Subject } from './conformance/subject.ts';
import { versionTests } from './conformance/versions.ts';

export type { S3Like, S3Target } from './conformance/subject.ts';

/**
 * @param name what is under test
 * @param makeClient a client and an empty bucket; called once, closed at the end
 */
export function describeS3Conformance(name: string, makeClient: () => Promise<S3Target>): void {
  describe(name, () => {
    const subject = new Subject();
    beforeAll(async () => subject.open(await makeClient()));
    afterAll(() => subject.close());
    describe('objects', () => objectTests(subject));
    describe('conditions', () => conditionTests(subject));
    describe('checksums', () => checksumTests(subject));
    describe('listing', () => listingTests(subject));
    describe('versions', () => versionTests(subject));
    describe('multipart uploads', () => multipartTests(subject));
    describe('parts', () => partTests(subject));
    describe('copies', () => copyTests(subject));
    describe('checksums of multipart uploads', () => multipartChecksumTests(subject));
  });
}
