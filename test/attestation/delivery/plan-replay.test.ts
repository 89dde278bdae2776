import { describe, expect, it } from 'vitest';
import type { PlannableAttachment } from '../../../attestation/delivery/plan.ts';
import { planReplay } from '../../../attestation/delivery/plan-replay.ts';
import { ReplaySpec } from '../../../attestation/delivery/replay.ts';
import type { DeliveryState } from '../../../attestation/delivery/state.ts';
import { deliveryId } from '../../../attestation/ids.ts';

const SBOM = { sha256: 'a'.repeat(64), type: 'SBOM_CYCLONEDX_JSON', name: 'sbom', hasBytes: true };
const SARIF = { sha256: 'b'.repeat(64), type: 'SARIF', name: 'scan', hasBytes: true };
const attachment = (takes: PlannableAttachment['takes'], uid = 'atc_1'): PlannableAttachment => ({
  uid,
  name: `to-${uid}`,
  takes,
  spec: { destination: 'lake', pipelines: ['acme/*'], materials: {}, options: {} },
});
const whole = attachment('attestation');
const perMaterial = attachment(['SBOM_CYCLONEDX_JSON', 'SARIF']);

const spec = (more: object = {}) => ReplaySpec.parse({ destination: 'lake', mode: 'missing', ...more });
const candidate = (
  deliveries: [string, DeliveryState][] = [],
  materialSha256: string | null = null,
  destination = 'lake',
) => ({
  attestationId: 'att_1',
  project: 'acme',
  pipeline: 'skynet',
  materials: [SBOM, SARIF],
  deliveries: deliveries.map(([id, state]) => ({ id, attachmentUid: 'atc_1', destination, materialSha256, state })),
});
const plan = (more: object, of = candidate(), attachments = [whole]) =>
  planReplay({ spec: spec(more), replayId: 'rpl_1', candidate: of, attachments });
const FIRST = deliveryId('att_1', 'atc_1');

describe('what a replay does about an attestation', () => {
  it('creates what was never owed, under the id and so the key that it would have had', () => {
    for (const mode of ['missing', 'again'])
      expect(plan({ mode })).toEqual([
        {
          effect: 'create',
          delivery: {
            id: FIRST,
            attachmentUid: 'atc_1',
            attachment: 'to-atc_1',
            destination: 'lake',
            materialSha256: null,
          },
        },
      ]);
  });

  it.each([
    ['missing', {}, ['queued'], 'open'],
    ['missing', {}, ['blocked'], 'open'],
    ['missing', {}, ['delivered'], 'delivered'],
    ['missing', {}, ['superseded'], 'superseded'],
    ['missing', {}, ['expired'], 'reopen'],
    ['missing', {}, ['skipped'], 'skipped'],
    ['missing', { includeSkipped: true }, ['skipped'], 'reopen'],
    ['again', {}, ['delivered'], 'repeat'],
    ['again', {}, ['delivered', 'waiting'], 'open'],
    ['again', {}, ['delivered', 'delivered'], 'repeat'],
    ['again', {}, ['superseded'], 'superseded'],
  ] as const)('%s %j of %j: %s', (mode, more, states, effect) => {
    const known = candidate(states.map((state, n) => [n === 0 ? FIRST : `dlv_${n}`, state]));
    const [step, ...others] = plan({ mode, ...more }, known);
    expect([step?.effect, others]).toEqual([effect, []]);
    const anew = deliveryId('att_1', 'atc_1', '', 'rpl_1');
    expect(step?.delivery.id).toBe(effect === 'repeat' ? anew : FIRST);
  });

  it.each(['delivered', 'expired', 'waiting'] as const)(
    'creates anew what is %s where the attachment led before, and leaves that alone',
    (state) => {
      const [step] = plan({}, candidate([[FIRST, state]], null, 'pond'));
      expect(step?.effect).toBe('create');
      expect(step?.delivery).toMatchObject({ id: deliveryId('att_1', 'atc_1', '', 'rpl_1'), destination: 'lake' });
    },
  );

  it('looks at each material alone, and only at those of the types that are asked for', () => {
    const known = candidate([[deliveryId('att_1', 'atc_1', SBOM.sha256), 'delivered']], SBOM.sha256);
    const effects = (types?: string[]) =>
      plan({ ...(types && { types }) }, known, [perMaterial]).map(({ effect, delivery }) => [
        effect,
        delivery.materialSha256,
      ]);
    expect(effects()).toEqual([
      ['delivered', SBOM.sha256],
      ['create', SARIF.sha256],
    ]);
    expect(effects(['SARIF'])).toEqual([['create', SARIF.sha256]]);
    expect(effects(['SBOM_SPDX_JSON'])).toEqual([]);
  });

  it('takes types to choose among whole attestations, too', () => {
    expect(plan({ types: ['SARIF'] })).toHaveLength(1);
    expect(plan({ types: ['SBOM_SPDX_JSON'] })).toEqual([]);
  });

  it('owes nothing by an attachment that is for other pipelines', () => {
    expect(plan({}, { ...candidate(), project: 'other' })).toEqual([]);
  });
});
