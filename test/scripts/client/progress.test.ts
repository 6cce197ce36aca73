import { describe, expect, it } from 'vitest';
import { NOT_EVALUATED } from '../../../functions/run/step-metrics.ts';
import type { RunProgress } from '../../../functions/schemas/payloads.ts';
import { ProgressReporter } from '../../../scripts/client/progress.ts';
import { someLoop, someProgress } from '../../support/documents.ts';

const progress = (step: number, more: Partial<RunProgress> = {}): RunProgress => {
  const [epoch, loss] = [step / 600, step === 0 ? null : 0.5];
  const evaluation = { step, epoch, loss, ...NOT_EVALUATED, trainAccuracy: 0.9, testAccuracy: 0.8 };
  const figures = { imagesPerSecond: 50_000, runDollars: 0.00003 };
  return someProgress({ step, epoch, evaluations: [evaluation], ...figures, ...more });
};

function report(events: RunProgress[], { isTTY = false, showBook = true } = {}): string {
  let text = '';
  const reporter = new ProgressReporter({ write: (part: string) => (text += part), isTTY }, { showBook });
  events.forEach((event, index) => {
    reporter.show({ kind: 'progress', progress: event, at: new Date(index * 1000) });
  });
  return text;
}

it("prints the book's accuracy beside ours at the epochs it is known for", () => {
  const lines = report([progress(0, { imagesPerSecond: 0 }), progress(600), progress(9600)]).split('\n');
  expect(lines[0]).toContain('book test acc');
  expect(lines[1]).toMatch(/^ +0 +0 +- +0\.9000 +0\.8000 +0\.1028/);
  expect(lines[2]).toMatch(/^ +1 +600 +0\.5000 +0\.9000 +0\.8000 +50,000$/);
  expect(lines[3]).toMatch(/^ +16 +9600 .*0\.8000 +0\.9457/);
});

it('leaves the book out for another job', () => {
  expect(report([progress(0)], { showBook: false })).not.toContain('book test');
});

it('prints no row for a chunk without evaluation', () => {
  expect(report([progress(300, { evaluations: [] })])).toBe('');
});

it('draws a bar on a terminal only, with the time left at the pace so far', () => {
  const events = [progress(0), progress(2500), progress(5000)];
  expect(report(events)).not.toContain('█');
  const bar = report(events, { isTTY: true }).split('█').at(-1);
  expect(bar).toContain('step 5000/10000');
  expect(bar).toContain('ETA 2 s');
  expect(bar).toContain('$0.000030');
});

it("shows a data-parallel run's rounds and workers", () => {
  const at = (done: number, workers: number) =>
    report([progress(600, { rounds: { workers, done, total: 17 } })], { isTTY: true });
  expect(at(3, 4)).toContain('round 3/17 of 4 workers');
  expect(at(17, 1)).toContain('round 17/17 of 1 worker ');
});

it('shows dollars and seconds beside their caps', () => {
  let text = '';
  const out = { write: (part: string) => (text += part), isTTY: true };
  const caps = { maxDollars: 0.0005, maxSeconds: 60 };
  const reporter = new ProgressReporter(out, { showBook: false, caps });
  const at = new Date('2026-11-24T08:00:12Z');
  reporter.show({ kind: 'progress', progress: progress(600, { loop: someLoop() }), at });
  expect(text).toContain('$0.000030 of $0.000500  12 of 60 s');
});

it('shows an evaluation once when another execution goes on from it', () => {
  const rows = report([progress(0), progress(600), progress(600), progress(1200)], { showBook: false })
    .trim()
    .split('\n')
    .slice(1);
  expect(rows.map((row) => row.trim().split(/ +/)[1])).toEqual(['0', '600', '1200']);
});

it('shows failed attempts with the message inside the cause', () => {
  let text = '';
  const reporter = new ProgressReporter({ write: (part: string) => (text += part) }, { showBook: false });
  const cause = JSON.stringify({ errorType: 'DownloadError', errorMessage: 'no mirror answered' });
  reporter.show({ kind: 'attemptFailed', error: 'DownloadError', cause, at: new Date(0) });
  expect(text).toBe('  attempt failed: DownloadError: no mirror answered\n');
});

describe('on a terminal', () => {
  const ESCAPES = /\u001b\[[\d;]*[A-Z]/g;
  /** A reporter on a terminal, and the live line that it shows last. */
  function onTerminal(columns: number) {
    const written: string[] = [];
    const out = { write: (part: string) => written.push(part), isTTY: true, columns };
    const reporter = new ProgressReporter(out, { showBook: false });
    const lines = () => written.join('').replaceAll('\u001b[1G', '\n').replace(ESCAPES, '').split('\n');
    return { out, reporter, written, last: () => lines().at(-1)! };
  }
  const at = (seconds: number) => new Date(seconds * 1000);

  it.each([10, 20, 40, 60, 80, 103, 120])('of %i columns the bar stays on its line', (columns) => {
    const { reporter, last } = onTerminal(columns);
    for (const [second, step] of [0, 2500, 5000].entries()) {
      reporter.show({ kind: 'progress', progress: progress(step), at: at(second) });
      expect(last().length).toBeLessThan(columns);
    }
    if (columns >= 40) expect(last()).toMatch(/^ {2}█{4,}░{4,} {2}step 5000\/10000 /);
    if (columns >= 60) expect(last()).toContain('ETA 2 s  $0.000030');
    if (columns >= 103)
      expect(last()).toMatch(/█{12}░{11,12} .* epoch 8.3 {2}loss 0.500 {2}50,000 images\/s/);
  });

  it('that becomes narrower the broken line is wiped away, and the next fits', () => {
    const { out, reporter, written, last } = onTerminal(120);
    reporter.show({ kind: 'progress', progress: progress(5000), at: at(0) });
    const rows = Math.ceil(last().length / 50);
    out.columns = 50;
    written.splice(0);
    reporter.show({ kind: 'waiting', at: at(1) });
    expect(written[0]).toBe(`\u001b[${rows - 1}A`);
    expect(last().length).toBeLessThan(50);
  });

  it('the state that runs is shown before the training, with its time', () => {
    const { reporter, last } = onTerminal(80);
    reporter.show({ kind: 'entered', state: 'ValidateConfig', at: at(0) });
    expect(last()).toBe('  ValidateConfig  0 s');
    reporter.show({ kind: 'attemptFailed', error: 'DownloadError', cause: 'why', at: at(2) });
    reporter.show({ kind: 'waiting', at: at(3) });
    expect(last()).toBe('  ValidateConfig  3 s');
    reporter.show({ kind: 'exited', state: 'ValidateConfig', at: at(4) });
    reporter.show({ kind: 'entered', state: 'ShardDataset', at: at(4) });
    expect(last()).toBe('  ShardDataset  0 s');
    reporter.show({ kind: 'ended', status: 'FAILED', output: undefined, error: '', cause: '' });
    expect(last()).toBe('');
  });
});
