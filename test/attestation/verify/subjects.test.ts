import { describe, expect, it } from 'vitest';
import { sharedSubjects, shareSubject } from '../../../attestation/verify/subjects.ts';
import { sha256Of, sha512Of } from '../../support/envelopes.ts';

const about = (...subject: { name?: string; digest: Record<string, string> }[]) => ({ subject });
const sha256 = (name: string) => ({ name, digest: { sha256: sha256Of(name) } });
const sha512 = (name: string) => ({ name, digest: { sha512: sha512Of(name) } });
const both = (name: string) => ({ name, digest: { sha256: sha256Of(name), sha512: sha512Of(name) } });
const sent = (name: string) => ({ sha256: sha256Of(name), sha512: sha512Of(name) });

describe('what statements are about together', () => {
  it('is all that one statement names, whatever its digests', () => {
    const commit = { name: 'source', digest: { gitCommit: 'a1b2c3' } };
    expect(sharedSubjects([about(sha256('a'), commit, sha512('b'))])).toEqual([sha256('a'), commit, sha512('b')]);
  });

  it('is what all of several name: nothing that only one of them says', () => {
    const provenance = about(sha256('app'));
    const sbom = about(sha256('app'), sha256('smuggled'), { name: 'app', digest: { sha1: 'a1' } });
    expect(shareSubject([provenance, sbom])).toBe(true);
    expect(sharedSubjects([provenance, sbom])).toEqual([sha256('app'), sha256('app')]);
  });

  it('is told by either digest, where none disagrees', () => {
    expect(sharedSubjects([about(both('app')), about(sha512('app'), sha512('b'))])).toEqual([
      both('app'),
      sha512('app'),
    ]);
    const torn = { name: 'app', digest: { sha256: sha256Of('app'), sha512: sha512Of('other') } };
    expect(sharedSubjects([about(both('app')), about(torn)])).toEqual([]);
  });

  it('may need the file, where one names its sha256 and another its sha512', () => {
    const statements = [about(sha256('app'), sha256('b')), about(sha512('app'))];
    expect(sharedSubjects(statements)).toEqual([]);
    expect(sharedSubjects(statements, [sent('app'), sent('b')])).toEqual([sha256('app'), sha512('app')]);
  });
});
