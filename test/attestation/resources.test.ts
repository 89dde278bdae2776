import { describe, expect, it } from 'vitest';
import {
  AttachmentSpec,
  DestinationSpec,
  PipelineSpec,
  ResourceName,
  SecretInput,
} from '../../attestation/resources.ts';

const accepts = (schema: { safeParse(value: unknown): { success: boolean } }, value: unknown) =>
  schema.safeParse(value).success;

describe('the name of a resource', () => {
  it.each(['a', 'a-b', '0', 'a'.repeat(63)])('may be %s', (name) => {
    expect(accepts(ResourceName, name)).toBe(true);
  });
  it.each(['', '-a', 'a-', 'A', 'a.b', 'a/b', 'a_b', 'a'.repeat(64), 'a\n'])('may not be %j', (name) => {
    expect(accepts(ResourceName, name)).toBe(false);
  });
});

describe('a destination', () => {
  it('needs its integration only; the rest has defaults', () => {
    expect(DestinationSpec.parse({ integration: 'webhook' })).toEqual({
      integration: 'webhook',
      config: {},
      secrets: {},
      allow: [],
      limits: {},
      stuckAfter: '15m',
    });
  });

  it.each([
    { integration: 'x', paused: true },
    { integration: 'x', stuckAfter: 'soon' },
    { integration: 'x', allow: ['10.0.0.0'] },
    { integration: 'x', allow: ['10.0.0.0/33'] },
    { integration: 'x', limits: { concurrency: 0 } },
    { integration: 'x', limits: { speed: 1 } },
    { integration: 'x', secrets: { token: 'plain-text' } },
  ])('may not be %j', (spec) => {
    expect(accepts(DestinationSpec, spec)).toBe(false);
  });

  it('allows private ranges of both kinds', () => {
    expect(accepts(DestinationSpec, { integration: 'x', allow: ['10.0.0.0/8', 'fd00::/8'] })).toBe(true);
  });
});

describe('a secret', () => {
  it.each(['env:WAYBILL_SECRET_TOKEN', 'file:token.txt', { value: 's3cret' }])('may be given as %j', (secret) => {
    expect(accepts(SecretInput, secret)).toBe(true);
  });
  it.each(['env:PATH', 'file:../key', 'file:a/b', 's3cret', { value: '' }, { value: 'x', ref: 'y' }])(
    'may not be given as %j',
    (secret) => {
      expect(accepts(SecretInput, secret)).toBe(false);
    },
  );
});

describe('attachments and pipelines', () => {
  it('name pipelines by globs over project/pipeline', () => {
    const spec = (pipelines: string[]) => ({ destination: 'dt', pipelines });
    expect(AttachmentSpec.parse(spec(['acme/*']))).toMatchObject({ materials: {}, options: {} });
    for (const pipelines of [[], ['*'], ['acme'], ['a/b/c'], ['ACME/*'], ['acme/a?i']]) {
      expect(accepts(AttachmentSpec, spec(pipelines))).toBe(false);
    }
  });

  it('refuse fields that they do not know', () => {
    expect(accepts(PipelineSpec, { contract: 'base' })).toBe(true);
    expect(accepts(PipelineSpec, { contract: 'base', contractRevision: 3 })).toBe(false);
  });
});
