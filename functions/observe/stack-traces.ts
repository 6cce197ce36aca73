/** Stack traces that name the sources instead of the bundle. */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';

/**
 * From here on, stack traces show where the bundle's code stands in the sources. Its source map, `<bundle>.map`, is read when
 * the first trace is: Node's own option reads it at each start, which takes a tenth of a function's INIT.
 *
 * @param bundle its path, as stack frames name it
 */
export function mapStackTraces(bundle: string): void {
  let map: SourceMap | undefined;
  Error.prepareStackTrace = (error, frames) => {
    const lines = frames.map((frame) => {
      if (frame.getFileName() !== bundle) return String(frame);
      map ??= readMap(bundle);
      return inSources(frame, bundle, map);
    });
    return [String(error), ...lines].join('\n    at ');
  };
}

/** A trace as it is is better than none, and this is no place to throw: without its map, a bundle's lines stay. */
function readMap(bundle: string): SourceMap {
  let text = '{"version":3,"sources":[],"mappings":""}';
  try {
    text = readFileSync(`${bundle}.map`, 'utf8');
  } catch (error) {
    console.error(`stack traces name the bundle: ${(error as NodeJS.ErrnoException).code} ${bundle}.map`);
  }
  return new SourceMap(JSON.parse(text));
}

function inSources(frame: NodeJS.CallSite, bundle: string, map: SourceMap): string {
  const line = frame.getLineNumber() ?? 0;
  const column = frame.getColumnNumber() ?? 0;
  const found = map.findEntry(line - 1, column - 1);
  if (!('originalSource' in found)) return String(frame);
  // The map's paths lead out of the folder of the bundle to that of the repository.
  const source = found.originalSource.replace(/^(\.\.\/)+/, '');
  const place = `${source}:${found.originalLine + 1}:${found.originalColumn + 1}`;
  return String(frame).replace(`${bundle}:${line}:${column}`, () => place);
}
