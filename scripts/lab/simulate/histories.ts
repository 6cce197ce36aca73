/** What may become of the documents that change, seen at each change: statuses of runs, and what serves. */
import type { LatestModel, RunStatus } from '../../../functions/schemas/documents.ts';
import { canonicalJson } from '../../../functions/store/json.ts';

export type Check = (holds: boolean, text: string) => void;

/** Whoever may write a state of a run, by the name of its function. */
const WRITERS: Readonly<Record<RunStatus['state'], RegExp>> = {
  running: /^(start-run|import-model)\//,
  failed: /^(record-failure|collect-sweep)\//,
  succeeded: /^promote-model\//,
};
/** People, and the alarm that ends trials. */
export const OPERATOR = /^operator\//;
const ALARM = /^rollback-model\//;
/** Versions that are remembered for rollbacks. */
const MOST_HISTORY = 20;

export interface Served {
  /** Milliseconds since the epoch. */
  since: number;
  /** What answers, and who is on trial. */
  versions: readonly number[];
}

export class Histories {
  readonly #statuses = new Map<string, RunStatus>();
  readonly #latest = new Map<string, LatestModel>();
  /** All documents of a model that ever were, as text. */
  readonly #seen = new Map<string, Set<string>>();
  readonly #served = new Map<string, Served[]>();

  /** Who answered at some time since then. @param time milliseconds since the epoch */
  servedSince(model: string, time: number): number[] {
    const served = this.#served.get(model) ?? [];
    const first = served.findLastIndex(({ since }) => since <= time);
    return served.slice(Math.max(0, first)).flatMap(({ versions }) => versions);
  }

  statusOf(runId: string): RunStatus | undefined {
    return this.#statuses.get(runId);
  }

  status(runId: string, next: RunStatus, by: string, check: Check): void {
    const before = this.#statuses.get(runId);
    this.#statuses.set(runId, next);
    check(WRITERS[next.state].test(by), `is ${next.state}, which is not for it to say`);
    if (before === undefined) return;
    check(
      next.startedAt === before.startedAt,
      `was started at ${before.startedAt}, now at ${next.startedAt}`,
    );
    if (before.state !== 'succeeded') return;
    check(next.state === 'succeeded', `had succeeded, now it is ${next.state}`);
    const keeps = (field: 'version' | 'model' | 'ended') =>
      before[field] === undefined || canonicalJson(before[field]) === canonicalJson(next[field]);
    check(keeps('version') && keeps('model'), `was version ${before.version}, now ${next.version}`);
    check(keeps('ended'), 'had ended elsewhere');
  }

  /** @param wasDeleted whether a version was deleted at some time, also one that was brought back */
  latest(
    model: string,
    next: LatestModel,
    { by, at, wasDeleted }: { by: string; at: number; wasDeleted: (version: number) => boolean },
    check: Check,
  ): void {
    const before = this.#latest.get(model);
    const seen = this.#seen.get(model) ?? new Set();
    const served = this.#served.get(model) ?? [];
    const { version } = next;
    if (before !== undefined && OPERATOR.test(by)) {
      // Or else what somebody's change is taken back to.
      const isKnown = byOperator(before, next) || seen.has(canonicalJson(next));
      check(isKnown, `${canonicalJson(before)} became ${canonicalJson(next)}, which nobody asks for`);
    } else if (before !== undefined && ALARM.test(by)) {
      check(isLike(next, { ...before, candidate: undefined }), 'an alarm changed more than the trial');
    } else if (before !== undefined && wasDeleted(before.version) && seen.has(canonicalJson(next))) {
      // Whoever has promoted it takes that back, as it was deleted meanwhile.
    } else if (before !== undefined) {
      check(version > before.version, `version ${version} serves after ${before.version}`);
      const isBack = served.some(({ versions: [other] }) => other === version);
      // Nor does one count that was taken back since it was deleted, and then was brought back.
      check(!isBack || wasDeleted(version), `version ${version} had been taken back`);
      check(
        isLike(next, promoted(before, version)),
        `${canonicalJson(before)} became ${canonicalJson(next)}`,
      );
    }
    this.#latest.set(model, next);
    this.#seen.set(model, seen.add(canonicalJson(next)));
    const versions = next.candidate === undefined ? [version] : [version, next.candidate.version];
    this.#served.set(model, [...served, { since: at, versions }]);
  }
}

/** The parts of the document that say what serves and did. */
const isLike = (a: LatestModel, b: LatestModel): boolean =>
  a.version === b.version &&
  (a.history ?? []).join() === (b.history ?? []).join() &&
  canonicalJson(a.candidate ?? null) === canonicalJson(b.candidate ?? null);

/** It serves, and what did is remembered; a trial is over. */
function promoted(before: LatestModel, version: number): LatestModel {
  const history = (before.history ?? []).filter((other) => other !== version);
  if (before.version !== version) history.push(before.version);
  return { version, history: history.slice(-MOST_HISTORY) };
}

/** Promotion, going back, a trial that begins or ends, and a version that is forgotten. */
function byOperator(before: LatestModel, next: LatestModel): boolean {
  const { version, history = [], candidate } = before;
  const back = history.at(-1);
  return (
    isLike(next, promoted(before, next.version)) ||
    (candidate === undefined && back !== undefined
      ? isLike(next, { version: back, history: history.slice(0, -1) })
      : isLike(next, { version, history })) ||
    isLike(next, { ...before, candidate: next.candidate }) ||
    history.some((gone) => isLike(next, { ...before, history: history.filter((kept) => kept !== gone) }))
  );
}
