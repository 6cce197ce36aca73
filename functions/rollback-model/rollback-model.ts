/** Ends a candidate's trial because an alarm says that it is no good. */
import type { z } from 'zod';
import { ConfigError } from '../../core/errors.ts';
import { METRICS } from '../contract/metrics.ts';
import { endTrial } from '../models/registry.ts';
import { logger } from '../observe/logging.ts';
import { modelVersion } from '../schemas/documents.ts';
import { shorten } from '../schemas/parse.ts';
import type { alarmEvent, rollbackModelOutput } from '../schemas/payloads.ts';
import type { ObjectStore } from '../store/object-store.ts';

/**
 * Repeating it does no more: only a trial is ended, and what serves is never changed.
 *
 * @throws ConfigError when the alarm is not about one model
 */
export async function rollbackModel(
  store: ObjectStore,
  { alarmData }: z.output<typeof alarmEvent>,
): Promise<z.output<typeof rollbackModelOutput>> {
  const model = modelOf(alarmData);
  const alarm = alarmData.alarmName;
  if (alarmData.state.value !== 'ALARM') return { model, alarm, ended: null };
  const ended = (await endTrial(store, model)) ?? null;
  logger.warn('trial ended', { model, version: ended, alarm, reason: alarmData.state.reason });
  return { model, alarm, ended };
}

/** The model that the alarm's metrics are of. */
function modelOf({ alarmName, configuration }: z.output<typeof alarmEvent>['alarmData']): string {
  const models = new Set(
    configuration.metrics.flatMap(({ metricStat }) => metricStat?.metric.dimensions?.[METRICS.byModel] ?? []),
  );
  const [model] = models;
  if (models.size !== 1 || !modelVersion.shape.model.safeParse(model).success) {
    const got = shorten([...models]);
    throw new ConfigError(
      `alarm ${alarmName.slice(0, 255)}: got metrics of ${got}, expected one dimension ${METRICS.byModel}`,
    );
  }
  return model!;
}
