/** The tables of docs/ that are made from the code: each is what stands between its two marks. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { DATASETS } from '../../../core/ingest/catalogue/datasets.ts';
import { LIMITS } from '../../../functions/contract/limits.ts';
import { METRICS } from '../../../functions/contract/metrics.ts';
import { GB_SECOND, PRICE_TABLE } from '../../../functions/contract/prices.ts';
import { ROUTES } from '../../../functions/contract/routes.ts';
import { DEFAULT_JOB, jobInputSchema } from '../../../functions/schemas/config.ts';
import { DEFAULT_HIDDEN } from '../../../functions/schemas/layers.ts';
import { SETTINGS } from '../../../infra/settings.ts';
import packageJson from '../../../package.json' with { type: 'json' };
import { describeAllowed, type JsonSchema } from './allowed.ts';
import { commentsOf } from './comments.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** Commands whose options docs/commands.md shows: those of package.json that are scripts of ours and take any. */
const COMMANDS = Object.entries(packageJson.scripts).flatMap(([name, command]) => {
  const file = /^node (?:--\S+ )?(?:-r \S+ )?(scripts\/(?:commands|lab)\/\S+)$/.exec(command)?.[1];
  return file === undefined ? [] : [{ name, file }];
});

/** By the name in the mark `<!-- generated: name -->`: what makes its text. */
export const BLOCKS: Readonly<Record<string, () => string>> = {
  config: describeConfig,
  settings: () =>
    table(
      ['setting', 'meaning', 'without it'],
      Object.entries(SETTINGS).map(([name, { example, meaning, otherwise }]) => [
        `\`-c ${name}=${example}\``,
        meaning,
        otherwise,
      ]),
    ),
  routes: () =>
    table(
      ['route', 'answer'],
      ROUTES.map(({ key, summary }) => [`\`${key}\``, summary]),
    ),
  metrics: () => {
    const comments = commentsOf('functions/contract/metrics.ts', 'METRICS');
    const { byModel, byVersion, ...metrics } = METRICS;
    return table(
      ['metric', 'meaning'],
      Object.entries(metrics).map(([field, name]) => [`\`${name}\``, needed(comments, field)]),
    );
  },
  limits: () => {
    const comments = commentsOf('functions/contract/limits.ts', 'LIMITS');
    return table(
      ['limit', 'value'],
      Object.entries(LIMITS).map(([field, value]) => [
        needed(comments, field),
        value.toLocaleString('en-US'),
      ]),
    );
  },
  prices: () =>
    table(
      ['name', 'US dollars', 'for one', 'read', 'from'],
      [
        ...Object.entries(PRICE_TABLE),
        // What the name stands for where functions run on the other processor.
        ['lambdaGbSecond', GB_SECOND.x86_64] as const,
      ].map(([name, { dollars, unit, read, source }]) => [
        `\`${name}\``,
        // The shortest form without an exponent that is the same number.
        dollars.toFixed(12).replace(/0+$/, ''),
        unit,
        read,
        `<${source}>`,
      ]),
    ),
  augmentation: () =>
    table(
      ['field', 'what it does to each picture'],
      [...commentsOf('core/augmentation/settings.ts', 'Augmentation')].map(([field, meaning]) => [
        `\`${field}\``,
        meaning,
      ]),
    ),
  modelOptions: () => describeOptions('ModelOptions'),
  fitOptions: () => describeOptions('FitOptions'),
  loadOptions: () => describeOptions('LoadOptions'),
  commands: () =>
    COMMANDS.map(({ name, file }) => `### ${name}\n\n\`\`\`text\n${helpOf(file)}\n\`\`\``).join('\n\n'),
};

/** Options of the library's Model. */
const describeOptions = (name: string) =>
  table(
    ['option', 'meaning'],
    [...commentsOf('core/estimator/options.ts', name)].map(([option, meaning]) => [`\`${option}\``, meaning]),
  );

/** Every field of a job's config: its default, what it may be, and what its doc comment says of it. */
function describeConfig(): string {
  const { properties = {} } = z.toJSONSchema(jobInputSchema, {
    io: 'input',
    unrepresentable: 'any',
  }) as JsonSchema;
  const meanings = meaningsOfConfig();
  const defaults: Readonly<Record<string, unknown>> = { ...DEFAULT_JOB, hidden: DEFAULT_HIDDEN };
  const names = [...DATASETS.keys()].map((name) => `\`"${name}"\``);
  return table(
    ['field', 'default', 'allowed', 'meaning'],
    Object.entries(properties).map(([field, schema]) => [
      `\`${field}\``,
      defaults[field] === undefined ? '–' : `\`${JSON.stringify(defaults[field])}\``,
      // Declarations are an object of many forms, which a page of their own describes.
      field === 'dataset' ? `${names.join(', ')}, or [a declaration](datasets.md)` : describeAllowed(schema),
      meanings[field]!,
    ]),
  );
}

/** What a config's fields mean, by their name. @throws Error for one without a doc comment */
export function meaningsOfConfig(): Record<string, string> {
  const comments = new Map([
    ...commentsOf('core/network/architecture.ts', 'Architecture'),
    ...commentsOf('core/training/config.ts', 'TrainingConfig'),
    ...commentsOf('functions/schemas/config.ts', 'JobConfig'),
    ...commentsOf('functions/schemas/config.ts', 'GivenLayers'),
  ]);
  return Object.fromEntries(
    Object.keys(jobInputSchema.shape).map((field) => [field, needed(comments, field)]),
  );
}

/** @throws Error for a field whose doc comment is missing */
function needed(comments: Map<string, string>, field: string): string {
  const comment = comments.get(field);
  if (comment === undefined) throw new Error(`${field} has no doc comment, which docs/ show`);
  return comment;
}

/**
 * What a command prints with --help: its text HELP, or that of a file that it imports. Read from the source, because a
 * command runs when it is imported.
 *
 * @throws Error for a command without such a text
 */
function helpOf(file: string): string {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const help = /^(?:export )?const HELP = `([^`$]*)`;$/m.exec(source)?.[1];
  if (help !== undefined) return help;
  const imported = /import \{[^}]*\bHELP\b[^}]*\} from '([^']+)'/.exec(source)?.[1];
  if (imported === undefined) throw new Error(`${file} has no text HELP`);
  return helpOf(join(dirname(file), imported));
}

const table = (head: string[], rows: string[][]) =>
  [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll(/(?<!\\)\|/g, '\\|')).join(' | ')} |`)
    .join('\n');
