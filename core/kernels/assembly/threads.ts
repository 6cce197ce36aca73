/** Entry of the build for several threads over shared memory. */
export { awaitOthers, endPool, runPhase, serve } from './pool';
export * from './tiles';
