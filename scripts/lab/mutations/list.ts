/** All mistakes that are planted. */
import { IN_AUGMENTATION } from './augmentation.ts';
import { IN_BUILDS } from './builds.ts';
import { CLOUD } from './cloud.ts';
import { IN_CONFIGS } from './configs.ts';
import { CORE } from './core.ts';
import { IN_HANDLERS } from './handlers.ts';
import { IN_INDEXES } from './indexes.ts';
import { INFRA_MISTAKES } from './infra.ts';
import { IN_LIBRARY } from './library.ts';
import { IN_MANAGING } from './managing.ts';
import type { Mutation } from './mutation.ts';
import { IN_PICTURES } from './pictures.ts';
import { IN_PROMOTION } from './promotion.ts';
import { IN_RUNS } from './runs.ts';
import { IN_SERVING } from './serving.ts';
import { IN_TABLES } from './tables.ts';

export const MUTATIONS: readonly Mutation[] = [
  ...CORE,
  ...IN_AUGMENTATION,
  ...IN_LIBRARY,
  ...IN_TABLES,
  ...IN_PICTURES,
  ...IN_CONFIGS,
  ...IN_RUNS,
  ...IN_INDEXES,
  ...IN_PROMOTION,
  ...IN_HANDLERS,
  ...IN_SERVING,
  ...IN_MANAGING,
  ...INFRA_MISTAKES,
  ...CLOUD,
  ...IN_BUILDS,
];
