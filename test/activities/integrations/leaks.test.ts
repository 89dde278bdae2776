import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DeliveryError, defineIntegration, type HttpAnswer, secret } from '../../../activities/integrations/define.ts';
import { integrations } from '../../../activities/integrations/index.ts';
import { leaksOf } from './leaks.ts';

describe.each(Object.values(integrations))('$id', (integration) => {
  it('lets no secret come to light, whatever its receiver says', async () => {
    const { found, heard } = await leaksOf(integration);
    expect(found).toEqual([]);
    // It was refused and failed in many ways, and not in the same one all the time.
    expect(new Set(heard).size).toBeGreaterThan(4);
  });
});

/** An integration as somebody writes it in a hurry: it is what `told` makes of the receiver's answer. */
const careless = (told: (answer: HttpAnswer, token: string) => never | object) =>
  defineIntegration({
    id: 'careless',
    title: 'Careless',
    summary: 'Gives secrets away.',
    config: z.strictObject({ url: z.url() }),
    secrets: z.strictObject({ token: secret('A token.') }),
    options: z.strictObject({}),
    takes: 'attestation',
    dedupe: 'none',
    limits: { timeoutMs: 5000, maxBytes: 1024, concurrency: 1 },
    testHasEffects: true,
    test: async () => [],
    async deliver(_, { config, secrets, http }) {
      const { token } = secrets as { token: string };
      const answer = await http({
        url: (config as { url: string }).url,
        headers: { 'x-token': encodeURIComponent(token) },
      });
      return { result: 'delivered', evidence: answer.evidence, ...told(answer, token) };
    },
  });

describe('what is caught of an integration that is careless', () => {
  it.each([
    [
      'it quotes the raw answer, cut in the middle of a secret',
      (answer: HttpAnswer) => {
        throw new DeliveryError('delivery', 'http.400', answer.text.slice(0, 308));
      },
    ],
    [
      'its id at the receiver is the first half of the secret',
      (_: HttpAnswer, token: string) => ({ externalId: token.slice(0, 24) }),
    ],
    [
      'its receipt is the secret, in a form that nobody knows',
      (_: HttpAnswer, token: string) => ({ result: 'accepted', token: token.replaceAll(' ', '_'), checkAfterMs: 1 }),
    ],
    [
      'it throws something else than a failure, with half of the secret',
      (_: HttpAnswer, token: string) => {
        throw new TypeError(`cannot send ${token.slice(0, 30)}`);
      },
    ],
  ])('%s', async (_, told) => expect((await leaksOf(careless(told), 1)).found).not.toEqual([]));

  it.each([
    ['an id', (token: string) => ({ externalId: token })],
    ['a link', (token: string) => ({ url: `https://r.example/?t=${encodeURIComponent(token)}` })],
    ['a receipt', (token: string) => ({ result: 'accepted', token, checkAfterMs: 1 })],
    ['evidence of its own', (token: string) => ({ evidence: { bodyHead: JSON.stringify({ token }) } })],
  ])('a whole secret in %s is taken out for it', async (_, told) =>
    expect(
      (
        await leaksOf(
          careless((_answer, token) => told(token)),
          1,
        )
      ).found,
    ).toEqual([]),
  );
});
