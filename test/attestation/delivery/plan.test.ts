import { describe, expect, it } from 'vitest';
import {
  type PlannableAttachment,
  type PlannableMaterial,
  planDeliveries,
} from '../../../attestation/delivery/plan.ts';

const SBOM: PlannableMaterial = { sha256: 'aa', type: 'SBOM_CYCLONEDX_JSON', name: 'sbom', hasBytes: true };
const SARIF: PlannableMaterial = { sha256: 'bb', type: 'SARIF', name: 'scan', hasBytes: true };
const IMAGE: PlannableMaterial = { sha256: 'cc', type: 'CONTAINER_IMAGE', name: 'image', hasBytes: false };

const attachment = (changes: {
  takes?: PlannableAttachment['takes'];
  pipelines?: string[];
  materials?: PlannableAttachment['spec']['materials'];
  uid?: string;
}): PlannableAttachment => ({
  uid: changes.uid ?? 'atc_1',
  name: 'to-dt',
  takes: changes.takes ?? ['SBOM_CYCLONEDX_JSON', 'SARIF', 'CONTAINER_IMAGE'],
  spec: {
    destination: 'dt',
    pipelines: changes.pipelines ?? ['acme/*'],
    materials: changes.materials ?? {},
    options: {},
  },
});
const plan = (attachments: PlannableAttachment[], materials = [SBOM, SARIF, IMAGE], replayId?: string) =>
  planDeliveries({
    attestationId: 'att_1',
    project: 'acme',
    pipeline: 'api',
    materials,
    attachments,
    ...(replayId === undefined ? {} : { replayId }),
  });
const digests = (attachments: PlannableAttachment[], materials?: PlannableMaterial[]) =>
  plan(attachments, materials).map(({ materialSha256 }) => materialSha256);

describe('what an accepted attestation owes', () => {
  it('is one delivery per material that the integration takes and whose bytes are here', () => {
    expect(digests([attachment({})])).toEqual(['aa', 'bb']);
    expect(digests([attachment({ takes: ['SARIF'] })])).toEqual(['bb']);
  });

  it('is one delivery for the whole attestation where the integration takes that', () => {
    expect(digests([attachment({ takes: 'attestation' })])).toEqual([null]);
    expect(digests([attachment({ takes: 'attestation' })], [])).toEqual([null]);
  });

  it('is nothing for the whole when the attachment selects materials that did not come', () => {
    expect(digests([attachment({ takes: 'attestation', materials: { types: ['OPENVEX'] } })])).toEqual([]);
    expect(digests([attachment({ takes: 'attestation', materials: { names: ['scan'] } })])).toEqual([null]);
  });

  it('is narrowed by type and name', () => {
    expect(digests([attachment({ materials: { types: ['SARIF'] } })])).toEqual(['bb']);
    expect(digests([attachment({ materials: { names: ['sbom'] } })])).toEqual(['aa']);
    expect(digests([attachment({ materials: { types: ['SARIF'], names: ['sbom'] } })])).toEqual([]);
  });

  it('is for attachments whose globs match the pipeline only', () => {
    expect(plan([attachment({ pipelines: ['beta/*', 'acme/ap'] })])).toEqual([]);
    expect(plan([attachment({ pipelines: ['beta/*', '*/api'] })])).toHaveLength(2);
  });

  it('is one delivery for the same bytes under two names', () => {
    expect(digests([attachment({})], [SBOM, { ...SBOM, name: 'again' }])).toEqual(['aa']);
  });

  it('has the same ids when it is planned again, and others for a replay or another attachment', () => {
    const ids = (more: Parameters<typeof plan>) => plan(...more).map(({ id }) => id);
    const first = ids([[attachment({})]]);
    expect(ids([[attachment({})]])).toEqual(first);
    const all = [...first, ...ids([[attachment({})], undefined, 'rpl_1']), ...ids([[attachment({ uid: 'atc_2' })]])];
    expect(new Set(all).size).toBe(6);
  });
});
