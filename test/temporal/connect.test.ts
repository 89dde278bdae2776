import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadTemporalConnection } from '../../temporal/connect.ts';

let folder: string;
let noFile: Record<string, string>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-connect-'));
  noFile = { TEMPORAL_CONFIG_FILE: join(folder, 'none.toml') };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const load = (env: Record<string, string | undefined>) => loadTemporalConnection({ env: { ...noFile, ...env } });
const file = (text: string) => {
  const path = join(folder, 'temporal.toml');
  writeFileSync(path, text);
  return { TEMPORAL_CONFIG_FILE: path };
};

describe('Temporal connection from the environment', () => {
  it('is none where no address is given, so that the dev server is started', () => {
    expect(load({})).toBeUndefined();
    expect(load({ TEMPORAL_NAMESPACE: 'waybill', TEMPORAL_ADDRESS: undefined })).toBeUndefined();
  });

  it('is plain for an address alone', () => {
    expect(load({ TEMPORAL_ADDRESS: 'temporal:7233' })).toEqual({
      address: 'temporal:7233',
      namespace: 'default',
      options: {},
    });
  });

  it('uses TLS with an API key', () => {
    const env = { TEMPORAL_ADDRESS: 'eu.api.temporal.io:7233', TEMPORAL_NAMESPACE: 'acme.1', TEMPORAL_API_KEY: 'k' };
    expect(load(env)).toMatchObject({ namespace: 'acme.1', options: { tls: true, apiKey: 'k' } });
  });

  it('reads client certificates', () => {
    const env = {
      TEMPORAL_ADDRESS: 't:7233',
      TEMPORAL_TLS_CLIENT_CERT_DATA: 'certificate',
      TEMPORAL_TLS_CLIENT_KEY_DATA: 'key',
      TEMPORAL_TLS_SERVER_NAME: 'temporal.internal',
    };
    const tls = load(env)?.options.tls;
    expect(tls).toMatchObject({ serverNameOverride: 'temporal.internal' });
    expect(JSON.stringify(tls)).toContain('clientCertPair');
  });

  it('reads a profile of the configuration file, and a variable wins over it', () => {
    const env = file('[profile.default]\naddress = "a:1"\n[profile.prod]\naddress = "p:1"\nnamespace = "prod"\n');
    expect(load(env)?.address).toBe('a:1');
    expect(load({ ...env, TEMPORAL_PROFILE: 'prod' })).toMatchObject({ address: 'p:1', namespace: 'prod' });
    expect(load({ ...env, TEMPORAL_PROFILE: 'prod', TEMPORAL_ADDRESS: 'o:1' })?.address).toBe('o:1');
  });

  it.each([
    ['a file that is no TOML', () => file('profile = [')],
    ['a profile that the file lacks', () => ({ ...file('[profile.a]\naddress = "a:1"\n'), TEMPORAL_PROFILE: 'b' })],
  ])('is refused with %s', (_what, env) => {
    expect(() => load(env())).toThrow('expected a usable Temporal configuration');
  });
});
