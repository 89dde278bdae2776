import { createPublicKey } from 'node:crypto';
import { readRegistryKeys } from './npm-keys.ts';
import { NPM_KEYS, type Published, type Publisher, TRUSTED_ROOT } from './published.ts';
import { type Refusal, refuse } from './refusal.ts';
import { parseTrustedRoot } from './trusted-root.ts';

const REQUIRE = { sigstore: { log: 1, certificateLog: 1, time: 1 }, github: { log: 0, certificateLog: 0, time: 1 } };

/** Whether profiles can be made of this: reads every key and certificate, so that what is adopted cannot fail a verdict. */
export const checkPublished = (publisher: Publisher, { files }: Published): { ok: true } | Refusal => {
  const trustedRoot = files[TRUSTED_ROOT] ?? '';
  const root = parseTrustedRoot(publisher, { kind: 'sigstore', trustedRoot, require: REQUIRE[publisher] });
  if (!root.ok) return root;
  return publisher === 'sigstore' ? checkNpmKeys(files[NPM_KEYS] ?? '') : { ok: true };
};

const checkNpmKeys = (text: string): { ok: true } | Refusal => {
  try {
    const keys = readRegistryKeys(text);
    for (const { spki } of keys) createPublicKey({ key: Buffer.from(spki, 'base64'), format: 'der', type: 'spki' });
    if (keys.length > 0) return { ok: true };
  } catch {
    // Says below that it cannot be read.
  }
  return refuse('root.unreadable', 'The keys of npm cannot be read, or none signs attestations.', {
    expected: 'one key of usage npm:attestations or more',
  });
};
