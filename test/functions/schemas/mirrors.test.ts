import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../core/errors.ts';
import { parseMirrors } from '../../../functions/schemas/mirrors.ts';

describe('parseMirrors', () => {
  it.each([
    ['', []],
    [' , ', []],
    ['http://a', ['http://a/']],
    ['https://a/b/, http://127.0.0.1:80/c', ['https://a/b/', 'http://127.0.0.1:80/c/']],
  ])('%j', (text, mirrors) => {
    expect(parseMirrors(text, 'any').map(({ url }) => url)).toEqual(mirrors);
  });

  it.each(['ftp://a/', 'file:///etc/', 'blob:x', 'a.org/mnist/', 'http://'])('refuses %s', (text) => {
    expect(() => parseMirrors(`http://a/,${text}`, 'any')).toThrow(ConfigError);
    expect(() => parseMirrors(text, 'any')).toThrow(`DATASET_MIRRORS: got "${text}", expected http(s) URLs`);
    expect(() => parseMirrors(text, 'public')).toThrow(`DATASET_MIRRORS: got "${text}", expected https URLs`);
  });

  it('refuses a password without showing it', () => {
    for (const url of [
      'http://me:secret@a/',
      'ftp://me:secret@a/',
      '//secret@',
      // What a URL's parser makes of these is the first one.
      'https:me:secret@a/',
      'https:/me:secret@a/',
      'https:\\\\me:secret@a/',
      'https://a/?key=secret',
      'https://a/#secret',
    ]) {
      expect(() => parseMirrors(url, 'public')).toThrow(/^(?!.*secret).*with a user name/);
    }
  });

  it('takes http only when access is any', () => {
    expect(parseMirrors('https://a:8443/b', 'public')[0]!.url).toBe('https://a:8443/b/');
    expect(() => parseMirrors('https://a/,http://b/', 'public')).toThrow(
      'DATASET_MIRRORS: got "http://b/", expected https URLs unless MirrorAccess is any',
    );
  });

  it('takes the name of the one dataset that a mirror has', () => {
    expect(parseMirrors('fashion-mnist=https://a/f,https://b/', 'public')).toEqual([
      { dataset: 'fashion-mnist', url: 'https://a/f/' },
      { dataset: undefined, url: 'https://b/' },
    ]);
    expect(() => parseMirrors('mnist=a.org', 'any')).toThrow('got "a.org", expected http(s) URLs');
    expect(() => parseMirrors('mnist=https://me:secret@a/', 'any')).toThrow(/^(?!.*secret)/);
  });
});
