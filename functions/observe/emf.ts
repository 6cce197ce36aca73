/**
 * Metrics as lines of the log, in CloudWatch's embedded metric format (its specification in the Amazon CloudWatch User
 * Guide): CloudWatch takes them out of the log stream, so that a function needs no permission and waits for nothing.
 */

export type MetricUnit = 'Count' | 'Count/Second' | 'Milliseconds' | 'None';

export interface Metric {
  value: number;
  unit: MetricUnit;
}

export interface MetricEntry {
  namespace: string;
  /** By name. One that is not finite is left out: JSON has no number for it. */
  metrics: Readonly<Record<string, Metric>>;
  /** Values of all dimensions, which may not be empty. */
  dimensions: Readonly<Record<string, string>>;
  /** Each metric is kept once per set of dimension names; `[]` is the metric as a whole. */
  dimensionSets: readonly (readonly string[])[];
  /** Other fields of the line, to be searched for; they cost no metric of their own. */
  properties?: Readonly<Record<string, unknown>>;
}

/** The document: the values stand at its root, and `_aws` says which of them are metrics and dimensions. */
export function emfDocument(entry: MetricEntry, now: Date): Record<string, unknown> {
  const { namespace, dimensions, dimensionSets, properties } = entry;
  const metrics = Object.entries(entry.metrics).filter(([, { value }]) => Number.isFinite(value));
  return {
    ...properties,
    ...dimensions,
    ...Object.fromEntries(metrics.map(([name, { value }]) => [name, value])),
    _aws: {
      Timestamp: now.getTime(),
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: dimensionSets,
          Metrics: metrics.map(([name, { unit }]) => ({ Name: name, Unit: unit })),
        },
      ],
    },
  };
}

/** Writes the line past `console`, which in Lambda's JSON log format would wrap it in a document of its own. */
export function emitMetrics(entry: MetricEntry): void {
  process.stdout.write(`${JSON.stringify(emfDocument(entry, new Date()))}\n`);
}
