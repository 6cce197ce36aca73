/** Ways to deploy the app: each setting at the values that make something else of it, and several at once. */
import { App } from 'aws-cdk-lib';
import { readSettings, type SETTINGS } from '../../../infra/settings.ts';
import { createStacks } from '../../../infra/stacks.ts';
import { WITHOUT_CODE } from '../variants.ts';
import type { LintedApp, LintedTemplate } from './app.ts';

type Name = keyof typeof SETTINGS;
type Context = Partial<Record<Name, string>>;

const ACCOUNT = 'us-east-1:123456789012';
const ID = '0f8c2a51-1234-4abc-8def-0123456789ab';
/** The longest that is allowed, with dashes, which CloudWatch's searches want in quotes. */
const LONGEST = `${'long-'.repeat(8)}n`;
const TOKENS = { auth: 'jwt', jwtIssuer: 'https://issuer.example/a', jwtAudience: 'a,b' };
const DOMAIN = { domain: 'digits.example.org', certificate: `arn:aws:acm:${ACCOUNT}:certificate/${ID}` };
const BUDGET = { budget: '5', budgetEmail: 'a@b.c' };

/** The ends of ranges, and every word; under the first of two settings that go together stand both. */
const VALUES: Readonly<Record<Name, readonly Context[]>> = {
  name: [{ name: 'n' }, { name: LONGEST }],
  auth: [{ auth: 'iam' }, { auth: 'none' }, TOKENS],
  manage: [{ manage: 'off' }, { ...TOKENS, manage: 'auth' }, { auth: 'none', manage: 'auth' }],
  jwtIssuer: [],
  jwtAudience: [],
  jwtLogin: [{ ...TOKENS, jwtLogin: 'https://stepnet.auth.eu-west-1.amazoncognito.com' }],
  cors: [{ cors: 'https://a.example,http://localhost:5173' }, { ...TOKENS, cors: '*' }],
  throttleRate: [{ throttleRate: '1' }, { throttleRate: '10000' }],
  throttleBurst: [{ throttleBurst: '1' }, { throttleBurst: '5000' }],
  domain: [DOMAIN],
  certificate: [],
  removal: [{ removal: 'retain' }, { removal: 'destroy' }],
  keepImports: [{ keepImports: '15' }, { keepImports: '3650' }],
  keepBatches: [{ keepBatches: '2' }, { keepBatches: '3650' }],
  kmsKey: [{ kmsKey: `arn:aws:kms:${ACCOUNT}:key/${ID}` }],
  architecture: [{ architecture: 'arm64' }, { architecture: 'x86_64' }],
  trainMemory: [{ trainMemory: '512' }, { trainMemory: '10240' }],
  workersAtOnce: [{ workersAtOnce: '1' }, { workersAtOnce: '1000' }],
  sweepRunsAtOnce: [{ sweepRunsAtOnce: '1' }, { sweepRunsAtOnce: '1000' }],
  batchPartsAtOnce: [{ batchPartsAtOnce: '1' }, { batchPartsAtOnce: '1000' }],
  alarmTopic: [{ alarmTopic: `arn:aws:sns:${ACCOUNT}:alarms` }],
  alarms: [{ alarms: 'on' }, { alarms: 'off' }],
  keepLogs: [{ keepLogs: '1' }, { keepLogs: '3653' }],
  prices: [{ prices: '{"s3Read":0,"stateTransition":0.00003}' }],
  budget: [BUDGET],
  budgetEmail: [],
};

const last = (name: Name) => VALUES[name].at(-1)!;
const ALL_LAST: Context = Object.assign({}, ...Object.values(VALUES).map((values) => values.at(-1) ?? {}));
/** All at once with alarms, and what leaves most out. */
const COMBINATIONS: readonly Context[] = [
  { ...ALL_LAST, alarms: 'on' },
  {
    ...last('name'),
    ...last('kmsKey'),
    ...last('removal'),
    ...last('domain'),
    auth: 'none',
    alarms: 'on',
  },
  { name: 'n', alarms: 'off', ...last('removal'), ...last('keepLogs'), ...last('trainMemory') },
];

/** All of them; and a few in which every setting has another value than by default. */
export const ALL: readonly Context[] = [{}, ...Object.values(VALUES).flat(), ...COMBINATIONS];
export const SOME: readonly Context[] = [{}, ...COMBINATIONS, TOKENS, { auth: 'none' }, { alarms: 'off' }];

/** The app's templates, without bundles. */
export function synthesized(context: Context): LintedApp {
  const app = new App({ context: { ...context, ...WITHOUT_CODE } });
  const settings = readSettings(app);
  createStacks(app, settings, '0123456789abcdef0123456789abcdef01234567');
  const stacks = app.synth().stacks.map(({ stackName: name, template }) => ({
    name,
    template: template as LintedTemplate,
  }));
  return { settings, stacks };
}
