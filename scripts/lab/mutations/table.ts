/** The table of docs/reliability.md that says which test notices which mistake. */
import type { Mutation } from './mutation.ts';
import type { Verdict } from './workshop.ts';

/** A mistake that was planted. */
export interface Tried extends Verdict {
  mutation: Mutation;
}

const HEAD = '| mistake | planted in | noticed by |\n| --- | --- | --- |';
const TABLE = /(<!-- mutations -->\n)[\s\S]*?(<!-- end -->)/;

export function rowOf({ mutation: { name, changes }, failed }: Tried): string {
  const files = [...new Set(changes.map(({ file }) => `\`${file}\``))].join(', ');
  const by = failed === undefined ? '**nothing**' : `\`${failed.file}\``;
  return `| ${name.replaceAll('|', '\\|')} | ${files} | ${by} |`;
}

/** @returns the page with the table of these mistakes @throws Error when it has no place for it */
export function fillTable(page: string, tried: readonly Tried[]): string {
  if (!TABLE.test(page)) throw new Error('the page has no <!-- mutations --> and <!-- end -->');
  const rows = [HEAD, ...tried.map(rowOf)].join('\n');
  const noticed = tried.filter(({ failed }) => failed !== undefined).length;
  const sum = `${noticed} of ${tried.length} are noticed.`;
  return page.replace(TABLE, (_, begin: string, end: string) => `${begin}\n${sum}\n\n${rows}\n\n${end}`);
}

/** Names of the mistakes in the page's table. */
export function namesIn(page: string): string[] {
  const [, rows = ''] = TABLE.exec(page)?.[0].split('| --- | --- | --- |\n') ?? [];
  return rows.split('\n').flatMap((row) => /^\| (.*?) \| `/.exec(row)?.[1]?.replaceAll('\\|', '|') ?? []);
}
