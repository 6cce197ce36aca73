/** The log line, against the rules of CloudWatch's embedded metric format specification. */
import { describe, expect, it, vi } from 'vitest';
import { emfDocument, emitMetrics, type MetricEntry } from '../../../functions/observe/emf.ts';
import { progressMetrics, promotionMetrics } from '../../../functions/observe/training-metrics.ts';
import { NOT_EVALUATED } from '../../../functions/run/step-metrics.ts';
import { someProgress } from '../../support/documents.ts';

const NOW = new Date('2026-11-24T08:00:00Z');
const ENTRY: MetricEntry = {
  namespace: 'stepnet',
  metrics: { Requests: { value: 1, unit: 'Count' }, Latency: { value: 1.5, unit: 'Milliseconds' } },
  dimensions: { Model: 'mnist', Version: '3' },
  dimensionSets: [['Model'], ['Model', 'Version']],
  properties: { requestId: 'abc' },
};

/** What the specification demands of a document (units: those of a MetricDatum). */
function expectValid(document: Record<string, unknown>): void {
  const { _aws: metadata, ...root } = JSON.parse(JSON.stringify(document));
  expect(Object.keys(metadata).sort()).toEqual(['CloudWatchMetrics', 'Timestamp']);
  expect(Number.isInteger(metadata.Timestamp)).toBe(true);
  for (const directive of metadata.CloudWatchMetrics) {
    expect(Object.keys(directive).sort()).toEqual(['Dimensions', 'Metrics', 'Namespace']);
    expect(directive.Namespace).toMatch(/^.{1,1024}$/);
    for (const set of directive.Dimensions) {
      expect(set.length).toBeLessThanOrEqual(30);
      for (const name of set) expect(root[name]).toMatch(/^.{1,1024}$/);
    }
    expect(directive.Metrics.length).toBeLessThanOrEqual(100);
    for (const { Name, Unit, ...more } of directive.Metrics) {
      expect(more).toEqual({});
      expect(['Count', 'Count/Second', 'Milliseconds', 'None']).toContain(Unit);
      expect(root[Name]).toEqual(expect.any(Number));
    }
  }
}

describe('emfDocument', () => {
  it('has values at its root and says which of them are metrics and dimensions', () => {
    const document = emfDocument(ENTRY, NOW);
    expectValid(document);
    expect(document).toEqual({
      requestId: 'abc',
      Model: 'mnist',
      Version: '3',
      Requests: 1,
      Latency: 1.5,
      _aws: {
        Timestamp: NOW.getTime(),
        CloudWatchMetrics: [
          {
            Namespace: 'stepnet',
            Dimensions: [['Model'], ['Model', 'Version']],
            Metrics: [
              { Name: 'Requests', Unit: 'Count' },
              { Name: 'Latency', Unit: 'Milliseconds' },
            ],
          },
        ],
      },
    });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('leaves out a metric of %d', (value) => {
    const document = emfDocument(
      { ...ENTRY, metrics: { ...ENTRY.metrics, Loss: { value, unit: 'None' } } },
      NOW,
    );
    expectValid(document);
    expect(document).not.toHaveProperty('Loss');
  });
});

it('is written as one line past console', () => {
  const written = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  emitMetrics(ENTRY);
  const lines = written.mock.calls.map(([line]) => String(line));
  written.mockRestore();
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^\{[^\n]*\}\n$/);
  expectValid(JSON.parse(lines[0]!));
});

describe("a run's metrics", () => {
  const evaluation = { step: 300, epoch: 0.5, loss: 1, ...NOT_EVALUATED, testAccuracy: 0.25 };
  const figures = { trainAccuracy: 0.75, testAccuracy: 0.5, testLoss: 0.125 };
  const progress = someProgress({
    evaluations: [evaluation, { ...evaluation, step: 600, ...figures }],
    imagesPerSecond: 1000,
  });

  it('of a chunk: throughput, dollars and the newest evaluation', () => {
    const document = emfDocument(progressMetrics('stepnet', progress), NOW);
    expectValid(document);
    expect(document).toMatchObject({
      runId: 'run',
      ImagesPerSecond: 1000,
      EstimatedDollars: 0.001,
      TrainAccuracy: 0.75,
      TestAccuracy: 0.5,
      TestLoss: 0.125,
    });
  });

  it('of a regression: no accuracies', () => {
    const regression = { ...evaluation, testAccuracy: null, testLoss: 0.25 };
    const { metrics } = progressMetrics('stepnet', { ...progress, evaluations: [regression] });
    expect(Object.keys(metrics)).toEqual(['EstimatedDollars', 'ImagesPerSecond', 'TestLoss']);
  });

  it('of a chunk that trained and evaluated nothing: dollars alone', () => {
    const { metrics } = progressMetrics('stepnet', someProgress());
    expect(Object.keys(metrics)).toEqual(['EstimatedDollars']);
  });

  it.each([true, false])('of its end, promoted: %s', (promoted) => {
    const document = emfDocument(
      promotionMetrics('stepnet', {
        runId: 'r',
        step: 1,
        model: 'mnist',
        version: 2,
        promoted,
        reason: promoted ? null : 'worse',
        stopped: null,
        trainAccuracy: null,
        testAccuracy: null,
        testLoss: null,
        testCost: null,
      }),
      NOW,
    );
    expectValid(document);
    expect(document).toMatchObject({
      Model: 'mnist',
      Promoted: Number(promoted),
      NotPromoted: Number(!promoted),
    });
    expect(document).not.toHaveProperty('TestAccuracy');
  });
});
