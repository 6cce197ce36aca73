/** docs/page.md: its commands typed, each of its addresses opened, its form filled in, all of its keys pressed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { curled, DESKTOP, needsBrowser, usePages } from '../../functions/support/page-browser.ts';
import { makeDataFolder } from '../../support/data-folder.ts';
import { commandsOf, readPage, type } from '../../support/pages.ts';
import type { Command } from '../command.ts';

/** Cells of the table's rows below the heading. */
function tableBelow(heading: string): string[][] {
  const [, section = ''] = readPage('docs/page.md').split(`## ${heading}\n`);
  return [...section.split('\n## ')[0]!.matchAll(/^\| (.*) \|$/gm)]
    .slice(2)
    .map(([, row]) => row!.split(' | ').map((cell) => cell.replaceAll('`', '')));
}

describe('docs/page.md', needsBrowser, () => {
  const folder = mkdtempSync(join(tmpdir(), 'stepnet-page-'));
  const typed: Command[] = [];
  let endpoint = '';
  const { open, complaints } = usePages({
    get http() {
      return endpoint;
    },
  });

  beforeAll(async () => {
    const data = makeDataFolder(join(folder, 'data'), true);
    const enter = (line: string, ...more: string[]): Command => {
      const command = type(line, ['--data', data, ...more]);
      typed.push(command);
      return command;
    };
    const [serve, train] = commandsOf('docs/page.md');
    const serving = enter(serve!, '--port', '0');
    const [, url] = await serving.printed(/^serving on (\S+) until Ctrl-C/m);
    endpoint = url!;
    const training = enter(train!);
    expect([await training.exit, training.stderr]).toEqual([0, '']);
  }, 200_000);
  afterAll(async () => {
    for (const { process } of typed) process.kill('SIGKILL');
    await Promise.all(typed.map(({ exit }) => exit));
    rmSync(folder, { recursive: true, force: true });
  });

  it('has an address for each view, at which it is', async () => {
    const shows: Readonly<Record<string, (page: Page) => Promise<void>>> = {
      '#draw/MODEL': (page) => page.locator('#pad').waitFor(),
      '#train': (page) => page.getByText('What is left empty has its default.').waitFor(),
      '#train/RUN': (page) => page.getByText('It begins with the config of my-run.').waitFor(),
      '#runs': (page) => page.getByRole('row', { name: /my-run/ }).waitFor(),
      '#runs/RUN': (page) => page.getByText('my-run has succeeded and became mnist version 1').waitFor(),
      '#model/MODEL': (page) => page.getByRole('heading', { name: 'Worst mistakes' }).waitFor(),
      '#model/MODEL/VERSION': (page) => page.getByRole('heading', { name: 'mnist, version 1' }).waitFor(),
    };
    const rows = tableBelow('What is where');
    expect(rows.map(([address]) => address)).toEqual(Object.keys(shows));
    for (const [address, check] of Object.entries(shows)) {
      const hash = address.replace('RUN', 'my-run').replace('MODEL', 'mnist').replace('VERSION', '1');
      await check(await open(hash, { viewport: DESKTOP }));
    }
  });

  it('starts a run from that form, stops it, goes on with it, and lets the other version serve', async () => {
    const page = await open('#train/my-run', { viewport: DESKTOP });
    await page.getByText('It begins with the config of my-run.').waitFor();
    await page.getByLabel('hidden', { exact: true }).fill('100, 50');
    // Many short chunks: there is time to stop it.
    await page.getByText('More', { exact: true }).click();
    await page.getByLabel('chunkIterations', { exact: true }).fill('20');
    await page.getByLabel('name', { exact: true }).fill('mine');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('button', { name: 'Stop mine' }).click();
    await page.getByRole('button', { name: 'Stop it' }).click();
    await page.getByText('mine was stopped.').waitFor();
    await page.getByRole('button', { name: 'Go on mine' }).click();
    await page.getByText('mine has succeeded').waitFor({ timeout: 150_000 });
    // What it asked when the form was sent: the same again starts nothing.
    expect(await curled(page)).toMatchObject({ id: 'mine', status: 'ABORTED' });
    await page.goto(`${endpoint}/#model/mnist/2`);
    await page.getByRole('heading', { name: 'mnist, version 2' }).waitFor();
    const press = async (name: string) => {
      await page.getByRole('button', { name }).click();
      await page.getByRole('dialog').getByRole('rowheader', { name: 'version 1' }).waitFor();
      await page.getByRole('dialog').getByRole('button').first().click();
    };
    // It serves already where it has become the better one.
    if (await page.locator('.serving').getByText('It does not serve').isVisible()) await press('Promote');
    await page.getByText('It serves.').waitFor();
    await press('Roll back');
    await page.getByRole('heading', { name: 'mnist, version 1' }).waitFor();
  });

  it('has keys that do what the table says, and no others', async () => {
    const page = await open('#draw', { viewport: DESKTOP });
    await page.locator('#pad').focus();
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const drawn = () => page.locator('#seen canvas').count();
    const saw = () => page.locator('#answer').getByText('This is a').waitFor();
    const empty = () => page.getByText('The answer follows your pen.').waitFor();
    const line = () => press('Space', 'Shift+ArrowDown', 'ArrowDown', 'Space');
    const plot = page.locator('#accuracy-plot');
    const tip = plot.locator('.tip');
    const ticks = () => plot.locator('text[text-anchor="middle"]').allTextContents();
    const onPlot = async () => {
      await page.getByRole('link', { name: 'Runs' }).click();
      await page.getByRole('checkbox', { name: /my-run/ }).check();
      await plot.locator('polyline').first().waitFor({ state: 'attached' });
      await plot.focus();
    };
    const all: string[][] = [];
    const does: Readonly<Record<string, () => Promise<void>>> = {
      'drawing area: arrows, with Shift further': async () => {
        await press('ArrowLeft', 'Shift+ArrowUp');
        expect(await drawn()).toBe(0);
      },
      'drawing area: Space': async () => {
        await line();
        await saw();
      },
      'drawing area: Ctrl Z': async () => {
        await press('Control+z');
        await empty();
      },
      'drawing area: Delete': async () => {
        await line();
        await saw();
        await press('Delete');
        await empty();
      },
      'plots: arrows, Home, End': async () => {
        await onPlot();
        await press('Home');
        await tip.getByText('epoch 0.00').waitFor();
        await press('ArrowRight');
        await tip.getByText(/epoch (?!0\.00)/).waitFor();
        await press('End');
        all.push(await ticks());
      },
      'plots: + and -': async () => {
        await press('+');
        expect(await ticks()).not.toEqual(all[0]);
        await press('-');
        expect(await ticks()).toEqual(all[0]);
        await press('+');
      },
      'plots: 0': async () => {
        await press('0');
        expect(await ticks()).toEqual(all[0]);
      },
      'plots: Esc': async () => {
        await press('Escape');
        expect(await tip.isVisible()).toBe(false);
      },
      'questions: Esc': async () => {
        await page.goto(`${endpoint}/#model/mnist/2`);
        await page.getByRole('button', { name: 'Promote' }).click();
        await press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
        await page.locator('.serving').getByText('It does not serve').waitFor();
      },
    };
    expect(tableBelow('By keyboard').map(([where, keys]) => `${where}: ${keys}`)).toEqual(Object.keys(does));
    for (const check of Object.values(does)) await check();
    expect(complaints).toEqual([]);
  });
});
