/** `npm run plot` as a process: a run of an app that is there, and what it refuses. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { KEYS } from '../../../functions/contract/keys.ts';
import { stepMetrics } from '../../../functions/schemas/documents.ts';
import { encodeJson } from '../../../functions/store/json.ts';
import { someRunConfig } from '../../support/documents.ts';
import { useCloud } from '../../support/test-cloud.ts';
import { run } from '../command.ts';

const RUN = 'drawn-run';

const app = useCloud();
const { folder } = app;
beforeAll(async () => {
  const write = (key: string, document: object) => app.store.createImmutable(key, encodeJson(document));
  await write(KEYS.runConfig(RUN), someRunConfig({ runId: RUN, totalSteps: 1200 }));
  for (const [index, accuracy] of [0.1, 0.8, 0.9].entries()) {
    const timing = { imagesPerSecond: 1, billedMs: 1, estimatedDollars: 0 };
    const phases = { loadMs: 0, trainMs: 0, evaluateMs: 0, saveMs: 0 };
    await write(
      KEYS.metrics(RUN, 600 * index),
      stepMetrics.parse({
        formatVersion: 1,
        step: 600 * index,
        epoch: index,
        loss: null,
        trainAccuracy: accuracy,
        testAccuracy: accuracy - 0.05,
        checkpoint: null,
        timing: { ...timing, ...phases },
      }),
    );
  }
});

describe('npm run plot', () => {
  it('writes a run as SVG, beside the data or where it is told', async () => {
    for (const [args, place] of [
      [[], join(folder, 'plots')],
      [['--out', join(folder, 'elsewhere')], join(folder, 'elsewhere')],
    ] as const) {
      const plot = run('commands/plot.ts', [RUN, '--data', folder, ...args]);
      expect(await plot.exit, plot.stderr).toBe(0);
      const path = join(place, RUN);
      expect(plot.stdout).toBe(`${path}.svg\n`);
      const svg = readFileSync(`${path}.svg`, 'utf8');
      const curves = [...svg.matchAll(/<polyline points="([^"]*)" stroke-width="1.75"/g)];
      // Both curves, and their samples in the legend.
      expect(curves.map(([, points]) => points!.split(' ').length)).toEqual([3, 3, 2, 2]);
      expect(svg).toMatch(/^<svg [^>]*><rect width="100%" height="100%" fill="#ffffff"\/>/);
      expect(svg).toContain(`aria-label="Run ${RUN} on training and test data per epoch"`);
      expect(svg).not.toMatch(/undefined|NaN/);
    }
  });

  it('refuses a run that is not there with 1, and a wrong command line with 2', async () => {
    const cases: [string[], number, RegExp][] = [
      [['nothing', '--data', folder], 1, /^there is no run nothing$/m],
      [[RUN, '--data', join(folder, 'nowhere')], 1, /no local cloud runs on/],
      [[RUN, 'another'], 2, /^one run at a time/],
    ];
    for (const [args, code, message] of cases) {
      const plot = run('commands/plot.ts', args);
      expect(await plot.exit, args.join(' ')).toBe(code);
      expect(plot.stderr).toMatch(message);
      expect(plot.stdout).toBe('');
    }
  });
});
