import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { childText, parseXml, writeXml } from '../../../../scripts/cloud/s3/xml.ts';

describe('XML', () => {
  it('comes back as it was written, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const document = parseXml(
          writeXml([
            'Root',
            [
              ['Key', text],
              ['Count', 3],
              ['Left', undefined],
            ],
          ]),
        );
        expect(childText(document, 'Key')).toBe(text);
        expect(childText(document, 'Count')).toBe('3');
        expect(childText(document, 'Left')).toBeUndefined();
      }),
    );
  });

  it('is read with namespaces, comments, empty elements and references', () => {
    const document = parseXml(
      '<?xml version="1.0"?><!-- c --><R xmlns="http://x/" a=\'1\'>\n<K>&lt;&amp;&#233;&#x1F600;</K><E/></R>\n',
    );
    expect(document).toMatchObject({
      name: 'R',
      children: [
        { name: 'K', text: '<&é😀' },
        { name: 'E', text: '' },
      ],
    });
  });

  it.each([
    '<a',
    '<a></b>',
    '</a>',
    '<a/>text',
    '<a>&unknown;</a>',
    '<a>&amp</a>',
    '<a>&#x110000;</a>',
    '<a b=c/>',
    '<a><![CDATA[x]]></a>',
    '<!DOCTYPE a><a/>',
  ])('%s is refused', (source) => {
    expect(() => parseXml(source)).toThrow('XML in the request body');
  });
});
