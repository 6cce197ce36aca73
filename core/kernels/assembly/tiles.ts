/**
 * The kernels that are a function for each width of a tile. They are exported so that they stay functions: the compiler
 * would put them into the one place that calls them, find the same loop in each but for a constant, and fold them into
 * one that asks for its width at every vector.
 */
export * from './accumulate';
export * from './accumulate-bytes';
export * from './multiply';
