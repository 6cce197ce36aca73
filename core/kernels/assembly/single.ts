/** Entry of the build for one thread. */
export { forward } from './forward';
export * from './tiles';
export { update } from './update';
