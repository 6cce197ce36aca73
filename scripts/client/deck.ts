/** The deck's own figures, printed beside ours. */

/**
 * Test accuracy by epoch of the deck's 10,000-iteration job. The deck prints its line after the first update of
 * an epoch, we evaluate before it: one step of 600 apart. Only the two figures quoted from the deck are listed.
 */
export const DECK_TEST_ACCURACY: ReadonlyMap<number, number> = new Map([
  [0, 0.1028],
  [16, 0.9457],
]);
