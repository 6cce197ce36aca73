/**
 * Threads over one shared memory. The main thread announces a phase, does its own share and waits for the others; a
 * worker serves until it is told to end. Short waits spin, long ones sleep.
 */
import { forward } from './forward';
import { update } from './update';
import * as L from '../layout';

/** Turns of a waiting loop before a thread goes to sleep: some tens of microseconds. */
const SPINS: i32 = 20_000;
/** Nanoseconds that the main thread sleeps between looks at a late worker. */
const NAP: i64 = 50_000;

function run(operation: i32, layout: usize, thread: i32): void {
  if (operation === L.OPERATION_FORWARD) forward(layout, thread);
  else update(layout, thread);
}

/**
 * What a worker needs after a sleep: its pool, its number and the last phase that it knows. Globals, of which each thread's
 * instance has its own, because in code of Node 20's baseline compiler a local may be 0 after an atomic wait.
 */
let served: usize = 0;
let thread: i32 = 0;
let seen: i32 = 0;

/**
 * What a worker does; returns when the pool is ended. Workers are numbered from 1 in the order in which they come, so
 * that a phase that counts on k of them has just those that are there; the main thread is 0.
 */
export function serve(pool: usize): void {
  served = pool;
  seen = atomic.load<i32>(pool, L.POOL_PHASE);
  if (load<i32>(pool, L.POOL_OPERATION) === L.OPERATION_EXIT) return;
  thread = atomic.add<i32>(pool, 1, L.POOL_READY) + 1;
  for (;;) {
    awaitPhase();
    const phase = atomic.load<i32>(served, L.POOL_PHASE);
    seen = phase;
    const operation = load<i32>(served, L.POOL_OPERATION);
    if (operation === L.OPERATION_EXIT) return;
    // Only those that the phase counts on take part: it can't end, nor the next begin, without them.
    if (thread >= (phase & 15)) continue;
    run(operation, <usize>load<u32>(served, L.POOL_LAYOUT), thread);
    atomic.add<i32>(served, 1, L.POOL_DONE);
  }
}

/** Returns when the phase is another than the one seen. */
function awaitPhase(): void {
  for (let spin = 0; spin < SPINS; spin++) if (atomic.load<i32>(served, L.POOL_PHASE) !== seen) return;
  while (atomic.load<i32>(served, L.POOL_PHASE) === seen) {
    atomic.add<i32>(served, 1, L.POOL_SLEEPING);
    atomic.wait<i32>(served + L.POOL_PHASE, seen, -1);
    atomic.sub<i32>(served, 1, L.POOL_SLEEPING);
  }
}

/** Announces a phase to the pool's threads and does this one's share of it; awaitOthers says when all are done. */
export function runPhase(pool: usize, operation: i32, layout: usize): void {
  announce(pool, operation, layout, load<i32>(layout, L.THREADS));
  run(operation, layout, 0);
}

/**
 * Waits for the other threads, until after a short sleep: 0 when they are done, else 1, and the caller asks again.
 *
 * The loop around it is JavaScript's, so that the sleep is its last act: nothing is left for Node 20 to forget.
 */
export function awaitOthers(pool: usize, layout: usize): i32 {
  const others = load<i32>(layout, L.THREADS) - 1;
  let done = 0;
  for (let spin = 0; spin < SPINS; spin++) {
    done = atomic.load<i32>(pool, L.POOL_DONE);
    if (done >= others) return 0;
  }
  atomic.wait<i32>(pool + L.POOL_DONE, done, NAP);
  return 1;
}

/** Tells the workers to end. */
export function endPool(pool: usize): void {
  announce(pool, L.OPERATION_EXIT, 0, 15);
}

function announce(pool: usize, operation: i32, layout: usize, threads: i32): void {
  if (threads < 2) return;
  store<i32>(pool, operation, L.POOL_OPERATION);
  store<u32>(pool, <u32>layout, L.POOL_LAYOUT);
  atomic.store<i32>(pool, 0, L.POOL_DONE);
  const counter = (atomic.load<i32>(pool, L.POOL_PHASE) >> 4) + 1;
  atomic.store<i32>(pool, (counter << 4) | threads, L.POOL_PHASE);
  if (atomic.load<i32>(pool, L.POOL_SLEEPING) > 0) atomic.notify(pool + L.POOL_PHASE, -1);
}
