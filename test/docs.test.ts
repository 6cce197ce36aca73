/** README and docs/ say what is so: their links, paths, commands, configs and tables are held against the code. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PARAMETERS } from '../functions/contract/stacks.ts';
import { jobInputSchema } from '../functions/schemas/config.ts';
import { sweepInput } from '../functions/schemas/sweep.ts';
import { buildDocs } from '../scripts/build/docs.ts';
import { COMMANDS } from '../scripts/cli/commands.ts';
import { columnsFor } from '../scripts/client/evaluation-columns.ts';
import { PORT_OPTIONS, parsePorts } from '../scripts/commands/ports.ts';
import { blocks, commandsOf, readPage as read } from './support/pages.ts';

const ROOT = join(import.meta.dirname, '..');
const { scripts, ...manifest } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
const [nodes, tools] = ['node', 'tools'].map(
  (name) => JSON.parse(read(`scripts/build/${name}/package.json`)) as Record<string, Record<string, string>>,
) as [Record<string, Record<string, string>>, Record<string, Record<string, string>>];

const PAGES = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'],
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const withoutBlocks = (text: string) => text.replaceAll(/^```[\s\S]*?^```/gm, '');
/** As GitHub makes them of headings. */
const anchors = (page: string) =>
  [...withoutBlocks(read(page)).matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
/** Rows of the first table behind a heading: the names in the back-quotes of their first cells. */
const namesInTable = (page: string, head: string) => {
  const lines = read(page).split('\n');
  const rows = lines.slice(lines.findIndex((line) => line.startsWith(head)) + 2);
  return rows
    .slice(
      0,
      rows.findIndex((line) => !line.startsWith('|')),
    )
    .flatMap((row) => [...row.split('|')[1]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
};

it('README is a front door of at most 120 lines', () => {
  expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(120);
});

it('README shows the table of npm start with its columns', () => {
  const evaluation = { testAccuracy: 0, testCost: null } as Parameters<typeof columnsFor>[0];
  const titles = columnsFor(evaluation, true).map(({ title, width }) => title.padStart(width));
  expect(read('README.md')).toMatch(new RegExp(`^${titles.join('')} +images/s$`, 'm'));
});

it.each(readdirSync(join(ROOT, 'docs/recipes')))('the recipe %s is a config', (file) => {
  const config = JSON.parse(read(`docs/recipes/${file}`)) as object;
  expect(jobInputSchema.safeParse(config).error?.issues ?? []).toEqual([]);
});

it('generated tables are those of the code: npm run build-docs makes them', () => {
  const { pages, missing } = buildDocs();
  expect(missing).toEqual([]);
  for (const [path, text] of pages) expect(readFileSync(path, 'utf8'), path).toBe(text);
});

it('the page on the local cloud shows the ports that npm start takes', () => {
  const { httpPort, s3Port, stepFunctionsPort } = parsePorts({ port: PORT_OPTIONS.port.default });
  const shown = [...read('docs/local-cloud.md').matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) =>
    Number(port),
  );
  expect([...new Set(shown)].sort()).toEqual([httpPort, s3Port, stepFunctionsPort]);
});

describe.each(PAGES)('%s', (page) => {
  it('links to files and headings that are there', () => {
    const links = [...withoutBlocks(read(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
    const broken = links
      .filter((link) => !/^(https?|mailto):/.test(link))
      .filter((link) => {
        const [file, anchor] = link.split('#') as [string, string?];
        const target = file === '' ? page : join(dirname(page), file);
        if (!existsSync(join(ROOT, target))) return true;
        return anchor !== undefined && !anchors(target).includes(anchor);
      });
    expect(broken).toEqual([]);
  });

  it('names paths of the repository that are there', () => {
    const paths = [...read(page).matchAll(/`((?:core|functions|infra|scripts|test|docs)\/[\w./-]+)`/g)];
    expect(paths.map(([, path]) => path!).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('shows commands that there are, with options that they have', () => {
    const commands = commandsOf(page);
    const inline = [...withoutBlocks(read(page)).matchAll(/`((?:npm|npx) [^`]+)`/g)].map(
      ([, command]) => command!,
    );
    expect([...commands, ...inline].flatMap(wrongIn)).toEqual([]);
  });

  it('shows configs that the schemas take', () => {
    for (const text of blocks(page, 'json')) {
      const config = JSON.parse(text) as object;
      const schema = 'grid' in config || 'random' in config ? sweepInput : jobInputSchema;
      expect(schema.safeParse(config).error?.issues ?? [], text).toEqual([]);
    }
  });
});

const CONFIG_OPTIONS = ['promote', ...Object.keys(jobInputSchema.shape)].flatMap((field) => [
  `--${field}`,
  `--${field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
]);

/** What is wrong with a line of a shell block. */
function wrongIn(line: string): string[] {
  const words = line.replace(/^[A-Z_]+=\S+ /, '').split(/\s+/);
  const [program, ...rest] = words;
  const wrong = (what: string) => [`${line}: ${what}`];
  if (program === 'npx') {
    if (!existsSync(join(ROOT, 'node_modules/.bin', rest[0]!)))
      return wrong(`no ${rest[0]} in node_modules/.bin`);
    if (rest[0] === 'stepnet' && !/^([A-Z]+|help|completion)?$/.test(rest[1] ?? '')) {
      return Object.hasOwn(COMMANDS, rest[1]!) ? [] : wrong(`no command ${rest[1]}`);
    }
    const files = rest.filter((word) => /^(test|core|docs)\//.test(word) && !word.includes('*'));
    return files.filter((file) => !existsSync(join(ROOT, file))).flatMap((file) => wrong(`no ${file}`));
  }
  if (program !== 'npm')
    return ['aws', 'curl', 'git', 'cat'].includes(program!) ? [] : wrong(`what is ${program}?`);
  const [verb, ...more] = rest;
  if (['ci', 'audit', 'version', 'pack', 'publish', 'install', 'ls'].includes(verb!)) return [];
  const name = verb === 'run' ? more.shift()! : verb!;
  if (!Object.hasOwn(scripts!, name)) return wrong(`no script ${name}`);
  const options = more.filter((word) => /^--\w/.test(word)).map((word) => word.split('=')[0]!);
  const help = helpOf(name);
  const known = (option: string) =>
    help.includes(`${option} `) ||
    (help.includes('--<field>') && CONFIG_OPTIONS.includes(option)) ||
    option === '--help';
  return options.filter((option) => !known(option)).flatMap((option) => wrong(`no option ${option}`));
}

/** The help that docs/commands.md has of a command, which the table's test holds against the code. */
function helpOf(name: string): string {
  const help = new RegExp(`^### ${name}\\n\\n\`\`\`text\\n([\\s\\S]*?)\`\`\``, 'm').exec(
    read('docs/commands.md'),
  );
  return help?.[1] ?? '';
}

it('docs/commands.md lists all npm scripts but those that npm itself runs', () => {
  const commands = Object.keys(scripts!).filter((name) => !['prepack', 'prepublishOnly'].includes(name));
  const listed = namesInTable('docs/commands.md', '| command |').map((name) =>
    name.replace(/^npm (run )?/, ''),
  );
  expect(listed.filter((name) => !name.startsWith('/')).sort()).toEqual(commands.sort());
});

it('docs/dependencies.md has a reason for each package', () => {
  const packages = [
    ...['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
      Object.keys(manifest[kind] ?? {}),
    ),
    ...Object.keys(nodes.optionalDependencies!),
  ].filter((name) => name !== 'stepnet-node');
  expect(namesInTable('docs/dependencies.md', '| package |').sort()).toEqual(packages.sort());
  expect(namesInTable('docs/dependencies.md', '| tool |').sort()).toEqual(
    Object.keys(tools.devDependencies!).sort(),
  );
});

it('docs/deploy.md describes the parameters', () => {
  const described = namesInTable('docs/deploy.md', '| parameter |').map((text) => /:(\w+)=/.exec(text)?.[1]);
  expect(described.sort()).toEqual(Object.values(PARAMETERS).sort());
});
