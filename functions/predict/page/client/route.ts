/** What the address says after its #: a view, and what of it. Such an address can be kept, sent and gone back to. */

const VIEWS = ['draw', 'train', 'runs', 'model'] as const;
export type View = (typeof VIEWS)[number];

export interface Route {
  view: View;
  /** `#runs/a,b` has one part, `#model/mnist/3` has two. */
  parts: string[];
}

export function readRoute(): Route {
  const [name, ...parts] = location.hash.slice(1).split('/').map(decode);
  return { view: VIEWS.find((view) => view === name) ?? 'draw', parts: parts.filter((part) => part !== '') };
}

export const runsHash = (runIds: readonly string[]): string =>
  runIds.length === 0 ? '#runs' : `#runs/${runIds.join(',')}`;
/** Of a new run with the config of this one. */
export const trainHash = (runId: string): string => `#train/${runId}`;
export const modelHash = (name: string, version?: number): string =>
  version === undefined ? `#model/${name}` : `#model/${name}/${version}`;

/** Says in the address what is shown, without a step to go back to. */
export function keepHash(hash: string): void {
  if (location.hash !== hash) history.replaceState(null, '', hash);
}

/** A part that is not encoded properly stays as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
