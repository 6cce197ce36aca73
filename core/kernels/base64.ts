/** Base64 by the platform's own decoder; declared here because core's types know neither the browser nor Node. */

const { atob } = globalThis as unknown as { atob: (text: string) => string };

export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
