import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dependencyTrack } from '../../../activities/integrations/dependency-track.ts';
import {
  catalogue,
  checkAttachmentOptions,
  checkDestinationSettings,
  integrations,
} from '../../../activities/integrations/index.ts';
import { webhook } from '../../../activities/integrations/webhook.ts';

describe('the catalogue', () => {
  it('lists every integration under its own id', () => {
    expect(Object.keys(integrations)).toEqual(['dependency-track', 'webhook']);
    expect(catalogue().map((entry) => entry.id)).toEqual(Object.keys(integrations));
  });
  it.each(Object.keys(integrations))('has a test of the rules of every integration for %s', (id) => {
    const text = readFileSync(new URL(`./${id}.test.ts`, import.meta.url), 'utf8');
    expect(text).toMatch(/^ *describeIntegration\(/m);
  });
  it('describes settings as JSON Schema, secrets marked, and survives JSON', () => {
    const [entry] = JSON.parse(JSON.stringify(catalogue()));
    expect(entry).toMatchObject({
      takes: ['SBOM_CYCLONEDX_JSON'],
      dedupe: 'natural',
      confirms: true,
      testHasEffects: false,
    });
    expect(entry.secrets.properties.apiKey).toMatchObject({ secret: true, type: 'string' });
    expect(entry.config).toMatchObject({ required: ['url'], additionalProperties: false });
    expect(entry.options.required).toBeUndefined();
  });
});

describe('checkDestinationSettings', () => {
  const given = (config: unknown, secretNames: string[], allow: string[] = []) => ({ config, secretNames, allow });
  it('finds nothing wrong with good settings', () => {
    expect(checkDestinationSettings(dependencyTrack, given({ url: 'https://dtrack.example.com' }, ['apiKey']))).toEqual(
      [],
    );
    expect(checkDestinationSettings(webhook, given({}, ['signingSecret', 'url']))).toEqual([]);
  });
  it('refuses a literal private address up front, unless it is allowed', () => {
    const refused = checkDestinationSettings(dependencyTrack, given({ url: 'http://10.0.0.5:8081' }, ['apiKey']));
    expect(refused).toEqual([
      {
        path: ['config', 'url'],
        code: 'address.refused',
        message: expect.stringContaining('10.0.0.5 is not a public address'),
      },
    ]);
    const allowed = given({ url: 'http://10.0.0.5:8081' }, ['apiKey'], ['10.0.0.0/8']);
    expect(checkDestinationSettings(dependencyTrack, allowed)).toEqual([]);
  });
  it.each([
    ['an unknown setting', { url: 'https://a.example', apiKey: 'raw' }, ['apiKey'], ['config']],
    ['a missing secret', { url: 'https://a.example' }, [], ['secrets', 'apiKey']],
    ['an unknown secret', { url: 'https://a.example' }, ['apiKey', 'apikey'], ['secrets', 'apikey']],
    ['a missing setting', {}, ['apiKey'], ['config', 'url']],
    ['another scheme', { url: 'ftp://a.example' }, ['apiKey'], ['config', 'url']],
    ['credentials in the URL', { url: 'https://me:pw@a.example' }, ['apiKey'], ['config', 'url']],
  ])('refuses %s', (_, config, names, path) => {
    expect(checkDestinationSettings(dependencyTrack, given(config, names))).toMatchObject([{ path }]);
  });
  it('refuses two URLs for one webhook', () => {
    const problems = checkDestinationSettings(webhook, given({ url: 'https://a.example' }, ['signingSecret', 'url']));
    expect(problems).toMatchObject([{ code: 'settings.invalid', message: expect.stringContaining('exactly one') }]);
  });
});

describe('checkAttachmentOptions', () => {
  it('tells what is wrong and where', () => {
    expect(checkAttachmentOptions(dependencyTrack, { tags: ['a'] })).toEqual([]);
    expect(checkAttachmentOptions(dependencyTrack, { tags: ['a,b'] })).toMatchObject([
      { path: ['options', 'tags', 0] },
    ]);
    expect(checkAttachmentOptions(webhook, { anything: 1 })).toMatchObject([{ path: ['options'] }]);
  });
});
