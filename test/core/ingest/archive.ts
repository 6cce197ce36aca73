/** ZIP archives made by hand, so that everything in them can be wrong. */
import { crc32, deflateRawSync } from 'node:zlib';

export const CENTRAL = 'PK\x01\x02';
export const END = 'PK\x05\x06';

export interface EntryOptions {
  name?: string;
  flags?: number;
  method?: number;
  /** As stored. */
  data?: Uint8Array;
  size?: number;
  crc?: number;
}

export function archive(...options: EntryOptions[]): Uint8Array {
  const entries = options.map(
    ({ name = 'a', flags = 0, method = 0, data = Buffer.from('abc'), ...rest }) => ({
      name: Buffer.from(name),
      flags,
      method,
      data,
      size: rest.size ?? data.length,
      crc: rest.crc ?? crc32(data),
    }),
  );
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, flags, method, data, size, crc } of entries) {
    const local = Buffer.alloc(30);
    local.write('PK\x03\x04', 'latin1');
    for (const [index, value] of [20, flags, method].entries()) local.writeUInt16LE(value, 4 + 2 * index);
    for (const [index, value] of [crc, data.length, size].entries())
      local.writeUInt32LE(value, 14 + 4 * index);
    local.writeUInt16LE(name.length, 26);
    const central = Buffer.alloc(46);
    central.write(CENTRAL, 'latin1');
    local.copy(central, 6, 4, 30);
    central.writeUInt32LE(offset, 42);
    parts.push(local, name, data);
    directory.push(central, name);
    offset += local.length + name.length + data.length;
  }
  const end = Buffer.alloc(22);
  end.write(END, 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Uint8Array.from(Buffer.concat([...parts, ...directory, end]));
}
export const deflated = (content: Uint8Array, more: EntryOptions = {}): EntryOptions => ({
  method: 8,
  data: deflateRawSync(content),
  size: content.length,
  crc: crc32(content),
  ...more,
});
