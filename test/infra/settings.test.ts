import type { App } from 'aws-cdk-lib';
import { expect, it } from 'vitest';
import { readSettings } from '../../infra/settings.ts';

const read = (context: Record<string, unknown>) =>
  readSettings({
    node: { tryGetContext: (key: string) => context[key], getAllContext: () => context },
  } as unknown as App);

it.each([
  [{ atuh: 'none' }, '-c atuh: unknown, did you mean auth?'],
  [{ removal: 'destroy', trainmemory: '512' }, '-c trainmemory: unknown, did you mean trainMemory?'],
  [{ colour: 'red' }, '-c colour: unknown, known are name, auth, manage, jwtIssuer'],
])('refuses %j, whose name it does not know', (context, message) => {
  expect(() => read(context)).toThrow(message);
});

it("leaves the CDK's own context alone", () => {
  expect(read({ '@aws-cdk/core:checkSecretUsage': true, 'aws:cdk:version-reporting': true }).name).toBe(
    'stepnet',
  );
});

it('has defaults that open and delete nothing', () => {
  expect(read({})).toEqual({
    name: 'stepnet',
    auth: { kind: 'iam' },
    manage: 'iam',
    destroyData: false,
    architecture: 'arm64',
    trainMemoryMb: 1769,
    workersAtOnce: 8,
    sweepRunsAtOnce: 5,
    batchPartsAtOnce: 5,
    throttle: { rate: 50, burst: 100 },
    hasAlarms: true,
    keepLogs: 30,
  });
});

const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/0f8c2a51-1234-4abc-8def-0123456789ab';
const CERTIFICATE = 'arn:aws:acm:eu-west-1:123456789012:certificate/0f8c2a51-1234-4abc-8def-0123456789ab';

it.each([
  [{ name: 'my-Net2' }, { name: 'my-Net2' }],
  [{ removal: 'destroy' }, { destroyData: true }],
  [{ architecture: 'x86_64' }, { architecture: 'x86_64' }],
  [{ trainMemory: '10240' }, { trainMemoryMb: 10_240 }],
  [{ trainMemory: 512 }, { trainMemoryMb: 512 }],
  [{ workersAtOnce: '1000' }, { workersAtOnce: 1000 }],
  [
    { sweepRunsAtOnce: '40', batchPartsAtOnce: '1' },
    { sweepRunsAtOnce: 40, batchPartsAtOnce: 1 },
  ],
  [
    { cors: 'https://a.example, http://localhost:5173' },
    { cors: ['https://a.example', 'http://localhost:5173'] },
  ],
  [
    { auth: 'jwt', jwtIssuer: 'https://i.example', jwtAudience: 'a', jwtLogin: 'https://login.example:8443' },
    {
      auth: {
        kind: 'jwt',
        issuer: 'https://i.example',
        audience: ['a'],
        login: 'https://login.example:8443',
      },
    },
  ],
  [{ cors: '*' }, { cors: ['*'] }],
  [{ throttleRate: '10000', throttleBurst: '1' }, { throttle: { rate: 10_000, burst: 1 } }],
  [{ throttleBurst: '5000' }, { throttle: { rate: 50, burst: 5000 } }],
  [
    { keepImports: '15', keepBatches: 3650 },
    { keepImports: 15, keepBatches: 3650 },
  ],
  [{ keepLogs: '3653' }, { keepLogs: 3653 }],
  [{ kmsKey: KEY }, { kmsKey: KEY }],
  [
    { domain: 'digits.example.org', certificate: CERTIFICATE },
    { domain: { name: 'digits.example.org', certificate: CERTIFICATE } },
  ],
  [{ auth: 'none' }, { auth: { kind: 'none' } }],
  [{ alarms: 'off' }, { hasAlarms: false }],
  [
    { auth: 'jwt', jwtIssuer: 'https://issuer.example', jwtAudience: 'a, b' },
    { auth: { kind: 'jwt', issuer: 'https://issuer.example', audience: ['a', 'b'] } },
  ],
  [{ name: '' }, { name: 'stepnet' }],
  [
    { alarmTopic: 'arn:aws:sns:eu-central-1:123456789012:alarms' },
    { alarmTopic: 'arn:aws:sns:eu-central-1:123456789012:alarms' },
  ],
  [{ prices: '{"s3Read":0,"lambdaGbSecond":0.00001}' }, { prices: { s3Read: 0, lambdaGbSecond: 0.00001 } }],
  [{ prices: { stateTransition: 0.00003 } }, { prices: { stateTransition: 0.00003 } }],
  [{ budget: '5', budgetEmail: 'a@b.c' }, { budget: { dollars: 5, email: 'a@b.c' } }],
])('reads %j', (context, expected) => {
  expect(read(context)).toMatchObject(expected);
});

it.each<[Record<string, unknown>, string]>([
  [{ name: '1net' }, '-c name=1net: expected a letter, then at most 40'],
  [{ name: 'a'.repeat(42) }, '-c name=aaa'],
  [{ name: 'a_b' }, '-c name=a_b: expected'],
  [{ removal: 'yes' }, '-c removal=yes: expected retain or destroy'],
  [{ trainMemory: '511' }, '-c trainMemory=511: expected a whole number of MB from 512 to 10240'],
  [{ trainMemory: '10241' }, '-c trainMemory=10241: expected'],
  [{ workersAtOnce: '1.5' }, '-c workersAtOnce=1.5: expected a whole number of workers from 1 to 1000'],
  [{ sweepRunsAtOnce: '0' }, '-c sweepRunsAtOnce=0: expected a whole number of runs from 1 to 1000'],
  [{ batchPartsAtOnce: '1001' }, '-c batchPartsAtOnce=1001: expected a whole number of parts from 1 to 1000'],
  ...[
    'a.example',
    'https://a.example/',
    'https://A.example',
    'https://a.example:443',
    'https://*',
    'https://a.example,*',
    'https://a.example,',
    'ws://a.example',
    'null',
  ].map((cors): [Record<string, unknown>, string] => [
    { cors },
    `-c cors=${cors}: expected origins such as https://a.example without path or slash, or * alone`,
  ]),
  [{ throttleRate: '0' }, '-c throttleRate=0: expected a whole number of requests a second from 1 to 10000'],
  [{ throttleBurst: '5001' }, '-c throttleBurst=5001: expected a whole number of requests from 1 to 5000'],
  [{ domain: 'digits.example.org' }, "-c certificate=: expected a certificate's ARN in ACM, with domain"],
  [{ certificate: CERTIFICATE }, ': expected nothing without domain'],
  [
    { domain: 'https://example.org', certificate: CERTIFICATE },
    '-c domain=https://example.org: expected a domain',
  ],
  [
    { domain: 'Example.org', certificate: CERTIFICATE },
    '-c domain=Example.org: expected a domain name in lower',
  ],
  [{ domain: 'example', certificate: CERTIFICATE }, '-c domain=example: expected a domain name'],
  [{ domain: `${'a'.repeat(64)}.org`, certificate: CERTIFICATE }, 'expected a domain name'],
  [
    { domain: 'example.org', certificate: 'arn:aws:iam::123456789012:server-certificate/x' },
    "server-certificate/x: expected a certificate's ARN in ACM",
  ],
  [
    { kmsKey: KEY.replace(/key.*/, 'alias/stepnet') },
    "alias/stepnet: expected a KMS key's ARN with its id, not",
  ],
  [
    { kmsKey: '0f8c2a51-1234-4abc-8def-0123456789ab' },
    '-c kmsKey=0f8c2a51-1234-4abc-8def-0123456789ab: expected',
  ],
  // An import may take fourteen days, a batch one: what they read must not go before.
  [{ keepImports: '14' }, '-c keepImports=14: expected a whole number of days from 15 to 3650'],
  [{ keepBatches: '1' }, '-c keepBatches=1: expected a whole number of days from 2 to 3650'],
  [{ keepBatches: 'forever' }, '-c keepBatches=forever: expected a whole number of days'],
  [{ keepLogs: '45' }, '-c keepLogs=45: expected days that CloudWatch has, one of 1, 3, 5, 7, 14, 30, 60,'],
  [{ keepLogs: '45' }, '3653; did you mean 30 or 60?'],
  [{ keepLogs: '9999' }, '3653; did you mean 3653?'],
  [{ keepLogs: 'month' }, ' 3288, 3653'],
  [{ alarmTopic: 'me@example.com' }, "-c alarmTopic=me@example.com: expected an SNS topic's ARN"],
  [{ alarms: 'no' }, '-c alarms=no: expected on or off'],
  [
    { alarms: 'off', alarmTopic: 'arn:aws:sns:eu-central-1:123456789012:alarms' },
    'expected nothing with alarms=off',
  ],
  [{ auth: 'open' }, '-c auth=open: expected iam, none or jwt'],
  [{ auth: 'jwt' }, "-c jwtIssuer=: expected the issuer's https URL"],
  [{ auth: 'jwt', jwtIssuer: 'https://i.example' }, '-c jwtAudience=: expected the audience'],
  [{ auth: 'jwt', jwtIssuer: 'https://i.example', jwtAudience: 'a,,b' }, '-c jwtAudience=a,,b: expected'],
  [
    { auth: 'jwt', jwtIssuer: 'http://i.example', jwtAudience: 'a' },
    '-c jwtIssuer=http://i.example: expected an https',
  ],
  [
    { prices: '{"s3Reads":0}' },
    '-c prices={"s3Reads":0}: expected JSON with dollars of 0 or more for some of lam',
  ],
  [{ prices: '{"s3Read":-1}' }, '-c prices={"s3Read":-1}: expected JSON'],
  [{ prices: '{"s3Read":"1"}' }, '-c prices={"s3Read":"1"}: expected JSON'],
  [{ prices: '[1]' }, '-c prices=[1]: expected JSON'],
  [{ prices: 'cheap' }, '-c prices=cheap: expected JSON'],
  [{ budget: '0', budgetEmail: 'a@b.c' }, '-c budget=0: expected US dollars a month, above 0'],
  [{ budget: 'much', budgetEmail: 'a@b.c' }, '-c budget=much: expected US dollars'],
  [{ budget: '5', budgetEmail: 'me' }, '-c budgetEmail=me: expected an e-mail address, with budget'],
  [{ budgetEmail: 'a@b.c' }, '-c budgetEmail=a@b.c: expected nothing without budget'],
  // Without auth=jwt they would silently do nothing.
  [{ jwtIssuer: 'https://i.example' }, '-c jwtIssuer=https://i.example: expected nothing without auth=jwt'],
  [{ jwtLogin: 'https://l.example' }, '-c jwtLogin=https://l.example: expected nothing without auth=jwt'],
  ...['http://l.example', 'https://l.example/', 'https://l.example/oauth2/authorize', 'l.example'].map(
    (jwtLogin): [Record<string, unknown>, string] => [
      { auth: 'jwt', jwtIssuer: 'https://i.example', jwtAudience: 'a', jwtLogin },
      `-c jwtLogin=${jwtLogin}: expected an https URL without path or slash at the end`,
    ],
  ),
  [{ auth: 'none', jwtAudience: 'a' }, '-c jwtAudience=a: expected nothing without auth=jwt'],
])('refuses %j by name', (context, message) => {
  expect(() => read(context)).toThrow(message);
});
