/** Wildcards of IAM: `*` is any text, also none, and `?` any one character. */

/** Linear in the text for each star: on a mismatch only the last star takes one character more. */
export function matchesPattern(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let next = 0;
  while (at < text.length) {
    if (pattern[next] === '*') {
      star = next++;
      resume = at;
    } else if (next < pattern.length && (pattern[next] === '?' || pattern[next] === text[at])) {
      next++;
      at++;
    } else if (star >= 0) {
      next = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[next] === '*') next++;
  return next === pattern.length;
}

/** arn:partition:service:region:account:resource; the resource may hold colons of its own. */
const SEGMENTS = 6;

/** Wildcards stay within their segment; a pattern of one star is any resource. */
export function matchesArn(pattern: string, arn: string): boolean {
  if (pattern === '*') return true;
  const patterns = segments(pattern);
  const parts = segments(arn);
  return (
    patterns.length === parts.length && patterns.every((part, index) => matchesPattern(part, parts[index]!))
  );
}

function segments(arn: string): string[] {
  const parts = arn.split(':');
  return parts.length <= SEGMENTS
    ? parts
    : [...parts.slice(0, SEGMENTS - 1), parts.slice(SEGMENTS - 1).join(':')];
}
