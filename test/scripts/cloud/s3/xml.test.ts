import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { childText, parseDocument, writeXml } from '../../../../scripts/cloud/s3/xml.ts';

describe('XML', () => {
  it('comes back as it was written, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const root = parseDocument(writeXml('Root', { Key: text, Count: 3, Left: undefined }), 'Root');
        expect(childText(root, 'Key')).toBe(text);
        expect(childText(root, 'Count')).toBe('3');
        expect(childText(root, 'Left')).toBeUndefined();
      }),
    );
  });

  it('is written with lists, in order, and control characters as references', () => {
    expect(writeXml('R', { K: ['<', '\u0001'], E: { I: [{ A: true }, { A: 0 }] } }, 'http://x/')).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<R xmlns="http://x/"><K>&lt;</K><K>&#x1;</K><E><I><A>true</A></I><I><A>0</A></I></E></R>',
    );
  });

  it.each([' 1 ', '007', '1e3', 'true', '\n\t', '__proto__x', '0x1F'])('reads %j as it is', (text) => {
    expect(childText(parseDocument(`<R><K>${text}</K></R>`, 'R'), 'K')).toBe(text);
  });

  it('is read with namespaces, comments, empty elements, CDATA and references', () => {
    const document = parseDocument(
      '<?xml version="1.0"?><!-- <!c --><s:R xmlns:s="http://x/" a=\'1\'>\n<s:K>&lt;&amp;&#233;&#x1F600;<![CDATA[&<!-- ]]>]</s:K><E/></s:R>\n',
      'R',
    );
    expect(document).toMatchObject({
      name: 'R',
      children: [
        { name: 'K', text: '<&é😀&<!-- ]' },
        { name: 'E', text: '' },
      ],
    });
  });

  it.each([
    '',
    '<a',
    '<a></b>',
    '</a>',
    '<a/>text',
    'text<a/>',
    '<a/><a/>',
    '<a>&unknown;</a>',
    '<a>&amp</a>',
    '<a>&#x110000;</a>',
    '<a b=c/>',
    '<a b="<"/>',
    '<a b="&x;"/>',
    '<a><x:b></y:b></a>',
    '<a></b/></a>',
    '<a><!X></a>',
    '<a><![X[x]]></a>',
    '<a><![CDATA[x</a>',
    '<a><!-- x</a>',
    '<!DOCTYPE a><a/>',
    '<!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;">]><a>&m;</a>',
    '<a/></document><document>',
    '<a>'.repeat(200) + '</a>'.repeat(200),
    `<a>${'<!--'.repeat(500_000)}`,
  ])('malformed documents are refused: %#', (source) => {
    expect(() => parseDocument(source, 'a')).toThrow('XML in the request body');
  });
});
