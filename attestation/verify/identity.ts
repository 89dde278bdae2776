import { ASN1Obj } from '@sigstore/core';

/** Who a Fulcio certificate was issued to. `claims`: its extensions under the names of PROTOCOLS B. */
export type Identity = { issuer: string; san: string; claims: Record<string, string> };

/** An extension of a verified certificate: its object identifier's arcs and the bytes of its value. */
export type Extension = { oid: { id: readonly number[] } | undefined; value: Uint8Array };

const FULCIO = '1.3.6.1.4.1.57264.1';
const ISSUER_V1 = `${FULCIO}.1`;
const ISSUER_V2 = `${FULCIO}.8`;
const BUILD_SIGNER = `${FULCIO}.9`;
const SUBJECT_ALT_NAME = '2.5.29.17';

/** Fulcio's extensions by number. Source: sigstore/fulcio, docs/oid-info.md. */
const CLAIMS: Record<number, string> = {
  9: 'buildSigner',
  10: 'signerDigest',
  11: 'runnerEnvironment',
  12: 'repository',
  13: 'sourceDigest',
  14: 'ref',
  15: 'repositoryId',
  16: 'owner',
  17: 'ownerId',
  18: 'buildConfig',
  19: 'buildConfigDigest',
  20: 'buildTrigger',
  21: 'runInvocation',
  22: 'repositoryVisibility',
  23: 'environment',
  24: 'tokenSubject',
};

/**
 * Reads the identity out of a verified leaf's extensions. Throws unless there is exactly one name (URI or e-mail), an
 * issuer, and every value is what its extension says: nothing is guessed, nothing is decoded leniently.
 */
export const readIdentity = (extensions: readonly Extension[]): Identity => {
  const values = new Map(extensions.map(({ oid, value }) => [oid?.id.join('.'), Buffer.from(value)]));
  if (values.size !== extensions.length) throw new Error('an extension occurs twice');
  const issuerV2 = values.get(ISSUER_V2);
  const issuerV1 = values.get(ISSUER_V1);
  const issuer = issuerV2 ? utf8String(issuerV2) : issuerV1 ? plainText(issuerV1) : '';
  if (issuer === '') throw new Error('no issuer');
  const claims: [string, string][] = [];
  for (const [number, name] of Object.entries(CLAIMS)) {
    const value = values.get(`${FULCIO}.${number}`);
    if (value) claims.push([name, utf8String(value)]);
  }
  const signer = values.get(BUILD_SIGNER);
  return {
    issuer,
    san: readName(values.get(SUBJECT_ALT_NAME)),
    claims: { ...Object.fromEntries(claims), ...(signer && splitSigner(utf8String(signer))) },
  };
};

/**
 * `https://github.com/acme/ci/.github/workflows/release.yml@refs/heads/main` → workflow and ref. Both may have an `@` in
 * their names, but no file's name goes on with `refs/`; a ref that is a commit has none.
 */
const splitSigner = (uri: string): Record<string, string> => {
  const bare = uri.replace(/^https:\/\/github\.com\//, '');
  const named = bare.indexOf('@refs/');
  const at = named === -1 ? bare.lastIndexOf('@') : named;
  return at === -1 ? { signerWorkflow: bare } : { signerWorkflow: bare.slice(0, at), signerRef: bare.slice(at + 1) };
};

const EMAIL = 1;
const URI = 6;

const readName = (value: Buffer<ArrayBuffer> | undefined): string => {
  const names = value ? ASN1Obj.parseBuffer(value).subs : [];
  const [name] = names;
  if (names.length !== 1 || !name) throw new Error(`expected one subject alternative name, found ${names.length}`);
  if (!name.tag.isContextSpecific(EMAIL) && !name.tag.isContextSpecific(URI))
    throw new Error('the name is neither a URI nor an e-mail address');
  return plainText(name.value);
};

const UTF8_STRING = 0x0c;

const utf8String = (der: Buffer<ArrayBuffer>): string => {
  const object = ASN1Obj.parseBuffer(der);
  if (der[0] !== UTF8_STRING || object.toDER().length !== der.length)
    throw new Error('an extension is not one UTF8String');
  return plainText(object.value);
};

/** Control characters, and what turns text around or cannot be seen. Not the joiners: scripts and emoji need them. */
const NOT_PLAIN = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u;

/** Text of a certificate: UTF-8, of bearable length, and what it looks like. Throws otherwise. */
export const plainText = (bytes: Uint8Array): string => {
  const decoded = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  if (decoded.length > 4096 || NOT_PLAIN.test(decoded))
    throw new Error('a text of the certificate is too long or not plain');
  return decoded;
};
