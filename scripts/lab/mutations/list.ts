/** All mistakes that are planted. */
import { CLOUD } from './cloud.ts';
import { CORE } from './core.ts';
import { IN_FUNCTIONS } from './functions.ts';
import { INFRA_MISTAKES } from './infra.ts';
import type { Mutation } from './mutation.ts';

export const MUTATIONS: readonly Mutation[] = [...CORE, ...IN_FUNCTIONS, ...INFRA_MISTAKES, ...CLOUD];
