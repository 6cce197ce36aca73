/** What the build has deflated. */
import { decodeBase64 } from '../../../../core/bytes/text.ts';

/** @param text zlib data in base64 @returns what was deflated, in base64 */
export async function inflated(text: string): Promise<string> {
  const bytes = decodeBase64(text) as Uint8Array<ArrayBuffer>;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  const whole = new Uint8Array(await new Response(stream).arrayBuffer());
  return btoa(Array.from(whole, (byte) => String.fromCharCode(byte)).join(''));
}
