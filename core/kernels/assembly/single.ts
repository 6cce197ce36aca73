/** Entry of the build for one thread. */
export { forward } from './forward';
export { update } from './update';
