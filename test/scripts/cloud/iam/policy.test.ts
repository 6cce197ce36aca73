/** What policies allow, and that nothing is guessed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applies, isAllowed, parsePolicy, type Statement } from '../../../../scripts/cloud/iam/policy.ts';

const ARN = 'arn:aws:s3:::bucket/runs/a';
const parse = (...statements: object[]): Statement[] =>
  parsePolicy({ Version: '2012-10-17', Statement: statements }, 'identity', 'test');
const allow = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::bucket/*' };
const request = { action: 's3:GetObject', resource: ARN, context: {} };

describe('a request is allowed', () => {
  it('when a statement allows it, whatever the case of its action', () => {
    expect(isAllowed(parse(allow), request)).toBe(true);
    expect(isAllowed(parse({ ...allow, Action: ['S3:get*'] }), request)).toBe(true);
  });

  it('not by default, nor by a statement on something else', () => {
    expect(isAllowed([], request)).toBe(false);
    expect(isAllowed(parse({ ...allow, Action: 's3:PutObject' }), request)).toBe(false);
    expect(isAllowed(parse({ ...allow, Resource: 'arn:aws:s3:::other/*' }), request)).toBe(false);
  });

  it('not when any statement denies it, in whatever order', () => {
    const deny = { ...allow, Effect: 'Deny', Action: 's3:*' };
    const other = { ...deny, Resource: 'arn:aws:s3:::other/*' };
    fc.assert(
      fc.property(fc.shuffledSubarray([allow, deny, other]), (chosen) => {
        const expected = chosen.includes(allow) && !chosen.includes(deny);
        expect(isAllowed(parse(...chosen), request)).toBe(expected);
      }),
    );
  });
});

describe('a condition', () => {
  const under = (Condition: object, context: Record<string, string>) =>
    applies(parse({ ...allow, Condition })[0]!, { ...request, context });

  it.each([
    [{ StringEquals: { 's3:prefix': 'a*' } }, 'a*', true],
    [{ StringEquals: { 's3:prefix': 'a*' } }, 'ab', false],
    [{ StringLike: { 'S3:Prefix': ['x', 'a*'] } }, 'ab', true],
    [{ StringLike: { 's3:prefix': 'a*' } }, 'ba', false],
    [{ Bool: { 's3:prefix': 'false' } }, 'False', true],
    [{ Bool: { 's3:prefix': 'false' } }, 'true', false],
    [{ NumericLessThan: { 's3:prefix': 1.2 } }, '1.1', true],
    [{ NumericLessThan: { 's3:prefix': 1.2 } }, '1.2', false],
    [{ NumericLessThan: { 's3:prefix': 1.2 } }, 'TLS', false],
  ])('%j on %s: %s', (condition, value, expected) => {
    expect(under(condition, { 's3:prefix': value })).toBe(expected);
  });

  it('on what is not known of the request holds with IfExists only', () => {
    expect(under({ StringLike: { 's3:prefix': '*' } }, {})).toBe(false);
    expect(under({ StringLikeIfExists: { 's3:prefix': 'a' } }, {})).toBe(true);
    expect(under({ StringLikeIfExists: { 's3:prefix': 'a' } }, { 's3:prefix': 'b' })).toBe(false);
  });

  it('does not replace another', () => {
    const both = { StringLike: { a: '1', b: '2' } };
    expect(under(both, { a: '1', b: '2' })).toBe(true);
    expect(under(both, { a: '1', b: '3' })).toBe(false);
  });
});

describe('what is not known is refused', () => {
  it.each<[string, object, string]>([
    ['NotAction', { NotAction: 's3:*' }, 'NotAction'],
    ['a principal in an identity policy', { Principal: '*' }, 'Principal'],
    ['another effect', { Effect: 'Maybe' }, 'Effect: got "Maybe", expected Allow or Deny'],
    ['an operator', { Condition: { StringNotLike: { a: 'b' } } }, 'got StringNotLike, expected one of'],
    ['an operator on sets', { Condition: { 'ForAnyValue:StringLike': { a: 'b' } } }, 'got ForAnyValue'],
    ['a variable in a resource', { Resource: `arn:aws:s3:::b/\${aws:username}` }, 'no policy variables'],
    ['a variable in a condition', { Condition: { StringLike: { a: `\${aws:username}` } } }, 'no variables'],
    ['no resource', { Resource: [] }, 'Resource'],
    ['a reference', { Resource: { Ref: 'Bucket' } }, 'Resource'],
  ])('%s', (_, more, message) => {
    expect(() => parse({ ...allow, ...more })).toThrow(message);
  });

  it('another version, a field beside the statements, a principal that is somebody', () => {
    const document = { Version: '2012-10-17', Statement: [] };
    expect(() => parsePolicy({ ...document, Version: '2008-10-17' }, 'identity', 'p')).toThrow('p: Version');
    expect(() => parsePolicy({ ...document, Id: 'x' }, 'identity', 'p')).toThrow('p: Id');
    const Statement = [{ ...allow, Principal: { AWS: 'arn:aws:iam::1:root' } }];
    expect(() => parsePolicy({ ...document, Statement }, 'resource', 'p')).toThrow('Principal');
  });
});
