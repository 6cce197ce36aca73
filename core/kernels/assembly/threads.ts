/** Entry of the build for several threads over shared memory. */
export { endPool, runPhase, serve } from './pool';
