/** Rules about alarms and dashboards. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Found, idOf, type LintedApp, type Rule, resourcesOf } from './app.ts';

interface Metric {
  Expression?: string;
  MetricStat?: unknown;
}
const metricsOf = ({ raw }: Found): Metric[] =>
  (raw.Metrics as Metric[] | undefined) ?? [{ MetricStat: raw }];
const alarmsOf = (app: LintedApp) => resourcesOf(app, 'AWS::CloudWatch::Alarm');

/** What docs/cost.md says that they are. */
const PAID = Number(
  /(\d+) alarm metrics/.exec(readFileSync(join(import.meta.dirname, '../../../docs/cost.md'), 'utf8'))?.[1],
);
/** Of an alarm ("CloudWatch service quotas", CloudWatch User Guide). */
const MOST_METRICS = 10;
const MOST_ACTIONS = 5;

/** No alarm is at its limit, none searches, which alarms can't, and together they are paid for as the docs say. */
export const alarmsWithinLimits: Rule = (app) => {
  const alarms = alarmsOf(app);
  const count = (alarm: Found) =>
    metricsOf(alarm).filter(({ MetricStat }) => MetricStat !== undefined).length;
  const all = alarms.reduce((sum, alarm) => sum + count(alarm), 0);
  // One watches the function that only some deployments have.
  const paid = app.settings.manage === 'off' ? PAID - 1 : PAID;
  const expected = app.settings.hasAlarms ? paid : 0;
  return [
    ...(all === expected ? [] : [`${all} alarm metrics, expected ${expected}`]),
    ...alarms.flatMap((alarm) => {
      const { where, raw } = alarm;
      const actions = [raw.AlarmActions ?? []].flat().length;
      const searches = metricsOf(alarm).some(({ Expression = '' }) => /\bSEARCH\b/.test(Expression));
      return [
        ...(count(alarm) < MOST_METRICS ? [] : [`${where}: ${count(alarm)} metrics, an alarm takes 10`]),
        ...(actions <= MOST_ACTIONS ? [] : [`${where}: ${actions} actions, an alarm takes ${MOST_ACTIONS}`]),
        ...(searches ? [`${where}: an alarm can't SEARCH`] : []),
      ];
    }),
  ];
};

/** What alarms call is watched by an alarm on its own errors, and each machine by two: that failed, that timed out. */
export const alarmsWatchWhatActs: Rule = (app) => {
  if (!app.settings.hasAlarms) return [];
  const watched = alarmsOf(app).flatMap(({ stack, raw }) =>
    ((raw.Dimensions ?? []) as { Value: unknown }[]).map(
      ({ Value }) => `${stack} ${idOf(Value)} ${raw.MetricName}`,
    ),
  );
  const needed = [
    ...alarmsOf(app).flatMap(({ stack, raw }) =>
      ((raw.AlarmActions ?? []) as unknown[]).flatMap((action) => {
        const id = idOf(action);
        return id === undefined ? [] : [`${stack} ${id} Errors`];
      }),
    ),
    ...resourcesOf(app, 'AWS::StepFunctions::StateMachine').flatMap(({ stack, id }) =>
      ['ExecutionsFailed', 'ExecutionsTimedOut'].map((metric) => `${stack} ${id} ${metric}`),
    ),
  ];
  return [...new Set(needed)].filter((one) => !watched.includes(one)).map((one) => `${one}: no alarm`);
};

/** Of a dashboard ("CloudWatch service quotas"). */
const MOST_OF_DASHBOARD = 2500;
const MOST_OF_WIDGET = 500;
/** The schema of a search, whose names stand in quotes unless they are letters, digits and dots ("CloudWatch search expression syntax"). */
const SCHEMA = /SEARCH\('\{([^}]*)\}/g;

/** Dashboards are an account's: their names have the region. Their bodies are JSON, and name with a dash stand in quotes. */
export const dashboardsAreRight: Rule = (app) =>
  resourcesOf(app, 'AWS::CloudWatch::Dashboard').flatMap(({ where, raw, properties }) => {
    const name = String(properties.DashboardName);
    const region = name.endsWith('-<AWS::Region>') ? [] : [`${where}: ${name} doesn't end with the region`];
    // A reference becomes text without quotes of its own.
    const body = String(properties.DashboardBody);
    let widgets: { properties: { metrics?: unknown[] } }[];
    try {
      widgets = JSON.parse(body).widgets;
    } catch (error) {
      return [...region, `${where}: its body is no JSON: ${(error as Error).message}`];
    }
    const counts = widgets.map((widget) => widget.properties.metrics?.length ?? 0);
    const schemas = [...JSON.stringify(raw).replaceAll('\\', '').matchAll(SCHEMA)].flatMap(([, names]) =>
      names!.split(','),
    );
    return [
      ...region,
      ...(counts.every((count) => count <= MOST_OF_WIDGET)
        ? []
        : [`${where}: a graph of ${Math.max(...counts)} metrics`]),
      ...(counts.reduce((sum, count) => sum + count, 0) <= MOST_OF_DASHBOARD
        ? []
        : [`${where}: too many metrics`]),
      ...schemas
        .filter((part) => !/^("[^"]+"|[A-Za-z0-9.]+)$/.test(part))
        .map((part) => `${where}: SEARCH names ${part} without quotes`),
    ];
  });
