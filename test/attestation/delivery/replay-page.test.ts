import { describe, expect, it } from 'vitest';
import { ReplaySpec } from '../../../attestation/delivery/replay.ts';
import { planPage } from '../../../attestation/delivery/replay-page.ts';
import type { DeliveryState } from '../../../attestation/delivery/state.ts';

/** An attestation with so many materials, of which none or all were delivered. */
const candidate = (receivedSeq: number, materials: number, had?: DeliveryState) => {
  const sha256s = Array.from({ length: materials }, (_, i) => `${receivedSeq}-${i}`);
  return {
    attestationId: `att_${receivedSeq}`,
    receivedSeq,
    project: 'acme',
    pipeline: 'api',
    materials: sha256s.map((sha256) => ({ sha256, type: 'SARIF', name: sha256, hasBytes: true })),
    deliveries: had
      ? sha256s.map((sha256) => ({
          ...{ id: `dlv_${sha256}`, attachmentUid: 'atc_1', destination: 'lake' },
          ...{ materialSha256: sha256, state: had },
        }))
      : [],
  };
};
const page = (candidates: ReturnType<typeof candidate>[], room: number, mode = 'missing') => {
  const { planned, toSeq } = planPage({
    spec: ReplaySpec.parse({ destination: 'lake', mode }),
    replayId: 'rpl_1',
    candidates,
    attachments: [
      {
        ...{ uid: 'atc_1', name: 'to-lake', takes: ['SARIF'] },
        spec: { destination: 'lake', pipelines: ['*/*'], materials: {}, options: {} },
      },
    ],
    room,
    looked: 100,
  });
  return [planned.map(({ effect, delivery }) => `${effect} ${delivery.materialSha256}`), toSeq];
};

describe('a page of a replay', () => {
  it.each([
    ['nothing to look at', [], 5, [], 100],
    [
      'all that find room, in order',
      [candidate(3, 1), candidate(7, 2)],
      5,
      ['create 3-0', 'create 7-0', 'create 7-1'],
      100,
    ],
    ['as many whole ones as there is room for', [candidate(3, 1), candidate(7, 2)], 2, ['create 3-0'], 3],
    [
      'a first one that is larger than the room',
      [candidate(3, 3), candidate(7, 1)],
      2,
      ['create 3-0', 'create 3-1', 'create 3-2'],
      3,
    ],
    [
      'those that need nothing on the way to one without room',
      [candidate(3, 1), candidate(5, 4, 'delivered'), candidate(7, 2)],
      2,
      ['create 3-0'],
      5,
    ],
    ['nothing where all arrived', [candidate(3, 1, 'delivered'), candidate(7, 1, 'superseded')], 5, [], 100],
    ['what expired', [candidate(3, 1, 'expired')], 5, ['reopen 3-0'], 100],
  ] as const)('takes %s', (_, candidates, room, expected, toSeq) => {
    expect(page([...candidates], room)).toEqual([expected, toSeq]);
  });

  it('sends again what arrived, when it is asked to', () => {
    expect(page([candidate(3, 1, 'delivered'), candidate(7, 1)], 5, 'again')).toEqual([
      ['repeat 3-0', 'create 7-0'],
      100,
    ]);
  });
});
