import { describe, expect, it } from 'vitest';
import { resolve, type Scope } from '../../../scripts/cloud/intrinsics.ts';

const ATTRIBUTES = new Map([
  ['Bucket.Arn', 'arn:b'],
  ['Nested.Outputs.Url', 'u'],
]);
/** A placeholder of Fn::Sub. */
const $ = (name: string) => `\${${name}}`;

const scope: Scope = {
  stackName: 'shop',
  ref: (name) => ({ Bucket: 'the-bucket', Empty: '', Count: 3 })[name],
  attribute: (resource, attribute) => ATTRIBUTES.get(`${resource}.${attribute}`),
  exported: (name) => (name === 'other:Arn' ? 'arn:x' : undefined),
};

describe('resolve', () => {
  it.each<[unknown, unknown]>([
    [{ Ref: 'Bucket' }, 'the-bucket'],
    [{ Ref: 'Empty' }, ''],
    [{ Ref: 'Count' }, 3],
    [{ Ref: 'AWS::Region' }, 'us-east-1'],
    [{ Ref: 'AWS::AccountId' }, '000000000000'],
    [{ Ref: 'AWS::Partition' }, 'aws'],
    [{ Ref: 'AWS::URLSuffix' }, 'amazonaws.com'],
    [{ Ref: 'AWS::StackName' }, 'shop'],
    [{ 'Fn::GetAtt': ['Bucket', 'Arn'] }, 'arn:b'],
    [{ 'Fn::ImportValue': { 'Fn::Join': [':', ['other', 'Arn']] } }, 'arn:x'],
    [{ 'Fn::Join': ['/', ['a', { Ref: 'Bucket' }, { Ref: 'Count' }]] }, 'a/the-bucket/3'],
    [
      {
        'Fn::Sub': `${$('Bucket')}-${$('AWS::Region')}-${$('Bucket.Arn')}-${$('Nested.Outputs.Url')}-${$('!Kept')}`,
      },
      `the-bucket-us-east-1-arn:b-u-${$('Kept')}`,
    ],
    [{ 'Fn::Select': ['1', { 'Fn::Split': ['-', { Ref: 'Bucket' }] }] }, 'bucket'],
    [
      { a: [{ Ref: 'Bucket' }, null, true], Ref: 'kept beside another key' },
      { a: ['the-bucket', null, true], Ref: 'kept beside another key' },
    ],
  ])('%j is %j', (value, expected) => {
    expect(resolve(value, scope, 'Here')).toEqual(expected);
  });

  it.each<[unknown, string]>([
    [{ Ref: 'Nobody' }, "shop: Here.x[0]: Ref Nobody can't be resolved locally"],
    [{ 'Fn::GetAtt': ['Bucket', 'Color'] }, "Fn::GetAtt Bucket.Color can't be resolved locally"],
    [{ 'Fn::ImportValue': 'nothing' }, "Fn::ImportValue nothing can't be resolved locally"],
    [{ 'Fn::Sub': `x${$('Nobody.Arn')}` }, `${$('Nobody.Arn')} can't be resolved locally`],
    [{ 'Fn::Sub': [$('a'), { a: 1 }] }, 'Fn::Sub with a map is not supported locally'],
    [{ 'Fn::Select': [5, ['a']] }, "Fn::Select 5 can't be resolved locally"],
    [{ 'Fn::If': ['Yes', 1, 2] }, 'Fn::If is not supported locally'],
  ])('%j is an error with its place', (value, message) => {
    expect(() => resolve({ x: [value] }, scope, 'Here')).toThrow(message);
  });
});
