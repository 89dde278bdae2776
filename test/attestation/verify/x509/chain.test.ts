import { createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ANY_PURPOSE, parseCertificate } from '../../../../attestation/verify/x509/certificate.ts';
import { countTries, findPath } from '../../../../attestation/verify/x509/chain.ts';
import { type CertificateWish, type Issued, issue } from '../fake-authority.ts';

const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';

const read = ({ der }: Issued) => parseCertificate(der);
const root = await issue(undefined, { isCa: true });

describe('a path to an authority', () => {
  const lengthOf = async (above: CertificateWish, below: CertificateWish, purposes: string[]) => {
    const between = await issue(root, { isCa: true, ...above });
    const leaf = await issue(between, below);
    return findPath(read(leaf), [read(between)], [read(root)], { purposes })?.length;
  };

  it('leads only over authorities that may issue for the purpose', async () => {
    const wanted = [ANY_PURPOSE, CODE_SIGNING];
    const signing = { purposes: [CODE_SIGNING] };
    expect(await lengthOf({}, signing, wanted)).toBe(3);
    expect(await lengthOf({ purposes: [SERVER_AUTH, CODE_SIGNING] }, signing, wanted)).toBe(3);
    expect(await lengthOf({ purposes: [ANY_PURPOSE] }, signing, wanted)).toBe(3);
    expect(await lengthOf({ purposes: [CODE_SIGNING] }, {}, wanted)).toBe(3);
    expect(await lengthOf({ purposes: [SERVER_AUTH] }, signing, wanted)).toBeUndefined();
    expect(await lengthOf({ purposes: [SERVER_AUTH] }, {}, wanted)).toBeUndefined();
    expect(await lengthOf(signing, { purposes: [TIME_STAMPING] }, [TIME_STAMPING])).toBeUndefined();
  });

  it('needs one purpose that all of it allows, not one for each certificate', async () => {
    const wanted = [ANY_PURPOSE, CODE_SIGNING, SERVER_AUTH];
    expect(await lengthOf({ purposes: [SERVER_AUTH] }, { purposes: [CODE_SIGNING] }, wanted)).toBeUndefined();
    expect(await lengthOf({ purposes: [SERVER_AUTH] }, { purposes: [SERVER_AUTH] }, wanted)).toBe(3);
  });

  it('is given up among certificates that all issue one another', async () => {
    const first = await issue(undefined, { isCa: true, subject: 'CN=loop' });
    const publicKey = createPublicKey({ key: Buffer.from(first.cert.publicKey.rawData), format: 'der', type: 'spki' });
    const same = await Promise.all(
      Array.from({ length: 7 }, () => issue(first, { isCa: true, subject: 'CN=loop', publicKey })),
    );
    const leaf = await issue(first);
    const tries = countTries();
    const { left } = tries;
    const loop = [first, ...same].map(read);
    expect(findPath(read(leaf), loop, [read(root)], { purposes: [ANY_PURPOSE], tries })).toBeUndefined();
    expect(tries.left).toBeLessThanOrEqual(0);
    expect(left).toBeLessThan(100);
  });

  it('is none where a certificate ends before it begins, or at no date at all', async () => {
    const leaf = read(await issue(root));
    const use = { purposes: [ANY_PURPOSE] };
    expect(findPath(leaf, [], [read(root)], use)).toHaveLength(2);
    expect(findPath({ ...leaf, notAfter: new Date(Number.NaN) }, [], [read(root)], use)).toBeUndefined();
    expect(findPath({ ...leaf, notBefore: new Date(Number.NaN) }, [], [read(root)], use)).toBeUndefined();
    expect(findPath({ ...leaf, notBefore: new Date(Date.now() + 1e12) }, [], [read(root)], use)).toBeUndefined();
  });
});
