/** JPEG files as segments that are exchanged, repeated, left out and changed where it matters. */
import fc from 'fast-check';

/** From a marker to the next; the image's data belongs to its scan's header. */
function segmentsOf(file: Buffer): Buffer[] {
  const segments: Buffer[] = [];
  for (let at = 2; at < file.length; ) {
    const isEnd = file[at + 1] === 0xd9;
    let end = isEnd ? file.length : at + 2 + file.readUInt16BE(at + 2);
    if (file[at + 1] === 0xda) {
      while (!(file[end] === 0xff && file[end + 1] !== 0 && (file[end + 1]! & 0xf8) !== 0xd0)) end++;
    }
    segments.push(file.subarray(at, end));
    at = end;
  }
  return segments;
}

interface Change {
  kind: number;
  which: number;
  at: number;
  value: number;
  bytes: Uint8Array;
}

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.nat(7),
  which: fc.nat(30),
  at: fc.oneof(fc.nat(24), fc.nat(2000)),
  value: fc.oneof(fc.constantFrom(0, 1, 2, 4, 15, 0x11, 0x44, 0xff, 0xd9, 0xda, 0xc4), fc.nat(255)),
  bytes: fc.uint8Array({ maxLength: 30 }),
});

export function rearranged(files: readonly Buffer[]): fc.Arbitrary<Uint8Array> {
  const all = files.map(segmentsOf);
  return fc
    .tuple(fc.nat(files.length - 1), fc.nat(files.length - 1), fc.array(change, { maxLength: 4 }))
    .map(([index, other, changes]) => {
      const segments = changes.reduce((present, each) => apply(present, each, all[other]!), all[index]!);
      return Uint8Array.from(Buffer.concat([Buffer.from('ffd8', 'hex'), ...segments]));
    });
}

function apply(
  segments: readonly Buffer[],
  { kind, which, at, value, bytes }: Change,
  other: readonly Buffer[],
): Buffer[] {
  const index = which % segments.length;
  const segment = segments[index]!;
  switch (kind) {
    case 0:
      return segments.toSpliced(index, 1, ...(segments.length > 1 ? [] : [segment]));
    case 1:
      return segments.toSpliced(index, 0, segment);
    case 2:
      return segments.toSpliced(index, 1, other[value % other.length]!);
    case 3:
      return segments.toSpliced(index, 0, other[value % other.length]!);
    case 4: {
      const exif = Buffer.concat([Buffer.from('ffe10000457869660000', 'hex'), TIFF, bytes]);
      exif.writeUInt16BE(exif.length - 2, 2);
      exif[10 + (at % (exif.length - 10))] = value;
      return segments.toSpliced(0, 0, exif);
    }
    case 5: {
      // Many scans of one image.
      const scans = segments.filter((each) => each[1] === 0xda).slice(0, 5);
      return segments.toSpliced(-1, 0, ...new Array<Buffer[]>(value % 70).fill(scans).flat().slice(0, 150));
    }
    default: {
      const changed = Buffer.from(segment);
      changed[2 + (at % Math.max(1, changed.length - 2))] = value;
      return segments.with(index, changed);
    }
  }
}

const TIFF = Buffer.from('49492a00080000000100120103000100000006000000000000', 'hex');
