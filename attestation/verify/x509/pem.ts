import { decodeBase64 } from '../base64.ts';

const BLOCK = /-----BEGIN CERTIFICATE-----\r?\n([A-Za-z0-9+/=\r\n]{1,65536})-----END CERTIFICATE-----/y;

/** The certificates (DER) of a text that is nothing but 1 to `max` PEM blocks and white space; undefined for anything else. */
export const parsePem = (text: string, max: number): Buffer[] | undefined => {
  const certificates: Buffer[] = [];
  let at = skipSpace(text, 0);
  while (at < text.length) {
    BLOCK.lastIndex = at;
    const match = BLOCK.exec(text);
    const der = match && decodeBase64((match[1] ?? '').replace(/[\r\n]/g, ''));
    if (!der || der.length === 0 || certificates.length >= max) return undefined;
    certificates.push(der);
    at = skipSpace(text, BLOCK.lastIndex);
  }
  return certificates.length > 0 ? certificates : undefined;
};

const skipSpace = (text: string, from: number): number => {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at++;
  return at;
};
