/** A TLS certificate for some names, made and signed by its own key: for servers of tests on loopback. */
import { generateKeyPairSync, sign } from 'node:crypto';

/** DER (ITU-T X.690): tag, length, content. */
function der(tag: number, ...contents: (Uint8Array | string)[]): Buffer {
  const content = Buffer.concat(contents.map((part) => Buffer.from(part as string)));
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
const hex = (text: string) => Buffer.from(text, 'hex');
const [INTEGER, BIT_STRING, OCTET_STRING, UTF8, GENERALIZED_TIME, SEQUENCE, SET] = [2, 3, 4, 12, 24, 48, 49];
const ECDSA_WITH_SHA256 = der(SEQUENCE, hex('06082a8648ce3d040302'));
const COMMON_NAME = hex('0603550403');
const SUBJECT_ALT_NAME = hex('0603551d11');

/** @returns PEM of key and certificate (RFC 5280); the certificate is its own authority */
export function selfSigned(names: readonly string[]): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8, 'stepnet test'))));
  const valid = ['20000101000000Z', '20991231235959Z'].map((time) => der(GENERALIZED_TIME, time));
  const altNames = der(SEQUENCE, ...names.map((dns) => der(0x82, dns)));
  const tbs = der(
    SEQUENCE,
    der(0xa0, der(INTEGER, hex('02'))),
    der(INTEGER, hex('01')),
    ECDSA_WITH_SHA256,
    name,
    der(SEQUENCE, ...valid),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(SEQUENCE, der(SEQUENCE, SUBJECT_ALT_NAME, der(OCTET_STRING, altNames)))),
  );
  const signature = der(BIT_STRING, hex('00'), sign('sha256', tbs, privateKey));
  const body = der(SEQUENCE, tbs, ECDSA_WITH_SHA256, signature).toString('base64');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${body.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  };
}
