/** Lifecycle rules, as a template declares them. Which of their fields are known stands in ../properties.ts. */

export interface LifecycleRule {
  /** Of the keys that it is about; empty for all. */
  prefix: string;
  /** Days until an object is deleted: until a marker takes its place where the bucket has versions. */
  expirationDays?: number;
  /** Whether markers go behind which there is nothing any more. */
  removesMarkers?: boolean;
  /** Days until a version goes for good, counted from when it was replaced; `keep` newer ones stay in any case. */
  noncurrent?: { days: number; keep: number };
  /** Days until an upload is aborted that has not ended. */
  abortDays?: number;
  /** By days, the last that is due counts. */
  transitions: { days: number; storageClass: string }[];
}

const DAY_MS = 24 * 3600 * 1000;

/**
 * When something that began at `from` is due: S3 adds the days and rounds up to the next midnight in UTC ("Lifecycle
 * rules: Based on an object's age", Amazon S3 User Guide).
 */
export const dueAt = (from: number, days: number): number => Math.ceil(from / DAY_MS + days) * DAY_MS;

interface Declared {
  Status: 'Enabled' | 'Disabled';
  Prefix?: string;
  ExpirationInDays?: unknown;
  ExpiredObjectDeleteMarker?: unknown;
  NoncurrentVersionExpiration?: { NoncurrentDays?: unknown; NewerNoncurrentVersions?: unknown };
  AbortIncompleteMultipartUpload?: { DaysAfterInitiation?: unknown };
  Transitions?: { TransitionInDays?: unknown; StorageClass: string }[];
}

/** The rules that are enabled. @param where named in errors @throws Error for what is no number of days */
export function readLifecycle(configuration: unknown, where: string): LifecycleRule[] {
  const { Rules = [] } = (configuration ?? {}) as { Rules?: Declared[] };
  return Rules.map((rule, index) => readRule(rule, `${where}: Rules[${index}]`)).filter(
    (_, index) => Rules[index]!.Status === 'Enabled',
  );
}

function readRule(declared: Declared, where: string): LifecycleRule {
  const { ExpirationInDays, NoncurrentVersionExpiration: noncurrent, Transitions = [] } = declared;
  const { AbortIncompleteMultipartUpload: abort, ExpiredObjectDeleteMarker } = declared;
  const number = (value: unknown, name: string) => positive(value, `${where}.${name}`);
  return {
    prefix: declared.Prefix ?? '',
    ...(ExpirationInDays !== undefined && { expirationDays: number(ExpirationInDays, 'ExpirationInDays') }),
    ...(String(ExpiredObjectDeleteMarker) === 'true' && { removesMarkers: true }),
    ...(noncurrent !== undefined && {
      noncurrent: {
        days: number(noncurrent.NoncurrentDays, 'NoncurrentVersionExpiration.NoncurrentDays'),
        keep:
          noncurrent.NewerNoncurrentVersions === undefined
            ? 0
            : number(
                noncurrent.NewerNoncurrentVersions,
                'NoncurrentVersionExpiration.NewerNoncurrentVersions',
              ),
      },
    }),
    ...(abort !== undefined && {
      abortDays: number(abort.DaysAfterInitiation, 'AbortIncompleteMultipartUpload.DaysAfterInitiation'),
    }),
    transitions: Transitions.map(({ TransitionInDays, StorageClass }) => ({
      // Unlike the others it may be none.
      days: Number(TransitionInDays) === 0 ? 0 : number(TransitionInDays, 'Transitions.TransitionInDays'),
      storageClass: StorageClass,
    })).sort((a, b) => a.days - b.days),
  };
}

/** Templates have numbers, or text that is one. */
function positive(value: unknown, where: string): number {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (Number.isSafeInteger(number) && (number as number) > 0) return number as number;
  throw new Error(`${where}: got ${JSON.stringify(value)}, expected a whole number from 1`);
}
