/** response-* parameters: a signed link says as what its object is given. */
import { describe, expect, it } from 'vitest';
import { presigned } from './support/presigned.ts';
import { elementOf } from './support/raw-http.ts';
import { useServer } from './support/use-server.ts';

const server = useServer();

const signed = (more: Record<string, string>): string => {
  const query = presigned({ at: Date.now() });
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  return `/bucket/key?${query}`;
};

describe('headers that a request asks for', () => {
  it.each(['GET', 'HEAD'])('take the place of those of the object, for %s', async (method) => {
    const kept = { 'content-type': 'text/plain', 'cache-control': 'no-store' };
    await server.send('PUT', '/bucket/key', { headers: kept, body: 'x' });
    const asked = {
      'content-disposition': 'attachment; filename="naïve.txt"',
      'content-encoding': 'identity',
      'content-language': 'de',
      'content-type': 'application/x-asked',
      expires: 'Thu, 01 Jan 2026 00:00:00 GMT',
    };
    const query = Object.fromEntries(
      Object.entries(asked).map(([name, value]) => [`response-${name}`, value]),
    );
    const { headers } = await server.send(method, signed(query));
    expect(headers).toMatchObject({ ...asked, 'cache-control': 'no-store' });
    expect((await server.send(method, '/bucket/key')).headers).toMatchObject(kept);
  });

  it('are not for who does not sign, and must fit into a header', async () => {
    const anonymous = await server.send('GET', '/bucket/key?response-content-type=a');
    expect(anonymous).toMatchObject({ status: 400, code: 'InvalidRequest' });
    for (const value of ['日本', 'a\r\nx-evil: 1']) {
      const answer = await server.send('GET', signed({ 'response-content-disposition': value }));
      expect(answer).toMatchObject({ status: 400, code: 'InvalidArgument' });
      expect(elementOf(answer.body, 'ArgumentName')).toBe('response-content-disposition');
    }
  });
});
