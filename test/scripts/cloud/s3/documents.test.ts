/** XML in request bodies: what is no proper document is refused and changes nothing. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { elementOf } from './support/raw-http.ts';
import { useServer } from './support/use-server.ts';

const server = useServer();

const md5Of = (text: string): string => createHash('md5').update(text).digest('base64');

/** Code of the refusal of a DeleteObjects with this document. */
async function postDelete(body: string, md5 = md5Of(body)): Promise<string | undefined> {
  return (await server.send('POST', '/bucket?delete', { headers: { 'content-md5': md5 }, body })).code;
}

describe('documents', () => {
  it.each([
    '',
    'no xml',
    '<Delete>',
    '<Delete></Delete>',
    '<Delete/><Delete/>',
    '<Other><Object><Key>key</Key></Object></Other>',
    '<Delete><Object></Object></Delete>',
    '<Delete><Object><Key>a&b</Key></Object></Delete>',
    '<!DOCTYPE x [<!ENTITY e "key">]><Delete><Object><Key>&e;</Key></Object></Delete>',
    `<Delete>${'<Object><Key>a</Key></Object>'.repeat(1001)}</Delete>`,
  ])('that are not as they should be are refused: %#', async (body) => {
    expect(await postDelete(body)).toBe('MalformedXML');
    expect(await server.text()).toBe('before');
  });

  it('are verified and limited', async () => {
    const body = '<Delete><Object><Key>key</Key></Object></Delete>';
    expect(await postDelete(body, md5Of('other'))).toBe('BadDigest');
    expect(await postDelete('x'.repeat(9_000_000))).toBe('MaxMessageLengthExceeded');
    expect((await server.send('POST', '/bucket?delete', { body })).code).toBe('InvalidRequest');
    const withMore = (more: string) => body.replace('</Key>', `</Key>${more}`);
    expect(await postDelete(withMore('<Size>1</Size>'))).toBe('NotImplemented');
    expect(await postDelete(withMore('<VersionId>1</VersionId>'))).toBe('InvalidArgument');
    expect(await postDelete(withMore('<VersionId>null</VersionId><ETag>"x"</ETag>'))).toBe('NotImplemented');
    expect(await server.text()).toBe('before');
    expect(await postDelete(body)).toBeUndefined();
    expect((await server.send('GET', '/bucket/key')).status).toBe(404);
  });

  it('of CreateBucket may name nothing but a region, and us-east-1 makes no bucket for another', async () => {
    const create = async (name: string, inside: string) =>
      await server.send('PUT', `/${name}`, {
        body: `<CreateBucketConfiguration>${inside}</CreateBucketConfiguration>`,
      });
    const inRegion = (region: string) =>
      create('other', `<LocationConstraint>${region}</LocationConstraint>`);
    for (const region of ['us-east-1', 'nowhere', 'eu-west-1b']) {
      const answer = await inRegion(region);
      expect(answer).toMatchObject({ status: 400, code: 'InvalidLocationConstraint' });
      expect(elementOf(answer.body, 'LocationConstraint')).toBe(region);
    }
    for (const region of ['eu-west-1', 'EU', 'us-gov-east-1']) {
      expect((await inRegion(region)).code).toBe('IllegalLocationConstraintException');
    }
    expect((await inRegion('')).code).toBe('MalformedXML');
    expect((await create('other', '<Bucket><Type>Directory</Type></Bucket>')).code).toBe('NotImplemented');
    expect((await server.send('HEAD', '/other')).status).toBe(404);
    expect((await create('other', '')).status).toBe(200);
    expect((await server.send('HEAD', '/other')).headers['x-amz-bucket-region']).toBe('us-east-1');
  });
});
