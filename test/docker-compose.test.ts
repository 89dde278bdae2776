import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

type Service = {
  image?: string;
  restart?: string;
  ports?: string[];
  environment?: Record<string, string>;
  secrets?: string[];
  volumes?: string[];
  configs?: { source: string }[];
  networks?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: unknown;
};
type Compose = Record<'networks' | 'volumes' | 'secrets' | 'configs', Record<string, unknown>> & {
  services: Record<string, Service>;
};

const ROOT = resolve(import.meta.dirname, '..');
const read = (path: string) => readFileSync(resolve(ROOT, path), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose;
const services = Object.entries(compose.services);

describe('docker-compose.yml', () => {
  it.each(services)('%s: a pinned image, no open port, no secret in its environment', (_, service) => {
    expect(service.image).toMatch(/^[a-z/-]+:\d+\.\d+[\w.-]*$/);
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    for (const name of Object.keys(service.environment ?? {})) {
      if (/PASSWORD|PWD|SECRET|TOKEN|KEY/.test(name)) expect(name).toMatch(/_(FILE|DIR)$/);
    }
  });

  it.each(services)('%s: names only what is declared, and waits for what can be waited for', (_, service) => {
    for (const name of service.secrets ?? []) expect(compose.secrets).toHaveProperty([name]);
    for (const { source } of service.configs ?? []) expect(compose.configs).toHaveProperty([source]);
    for (const name of service.networks ?? []) expect(compose.networks).toHaveProperty([name]);
    for (const volume of service.volumes ?? []) {
      const [source = ''] = volume.split(':');
      if (!source.startsWith('.')) expect(compose.volumes).toHaveProperty([source]);
    }
    for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(compose.services).toHaveProperty([name]);
      if (condition === 'service_healthy') expect(compose.services[name]?.healthcheck).toBeDefined();
      else expect(compose.services[name]?.restart).toBeUndefined();
    }
  });

  it('every service that stays has a health check', () => {
    const staying = services.filter(([, { restart }]) => restart !== undefined);
    expect(staying.filter(([, { healthcheck }]) => !healthcheck).map(([name]) => name)).toEqual([]);
  });

  const { status } = spawnSync('docker', ['compose', 'version']);
  it.skipIf(status !== 0)('is what `docker compose config` accepts', () => {
    const { status: code, stderr } = spawnSync('docker', ['compose', 'config', '--quiet'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

describe('Dockerfile', () => {
  const dockerfile = read('Dockerfile');
  const manifest = JSON.parse(read('package.json')) as {
    version: string;
    optionalDependencies: Record<string, string>;
  };

  it('ends as a user that is not root', () => {
    const lastStage = dockerfile.slice(dockerfile.lastIndexOf('FROM '));
    expect(lastStage).toMatch(/^USER node$/m);
  });

  it('has the Node that is pinned, and the compose file the version of the package', () => {
    const images = [...dockerfile.matchAll(/^FROM node:([\d.]+)-/gm)].map(([, version]) => version);
    expect(new Set(images)).toEqual(new Set(Object.values(manifest.optionalDependencies)));
    expect(compose.services.api?.image).toBe(`waybill:${manifest.version}`);
  });

  it('copies only what .dockerignore lets in', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'));
    for (const needed of ['package.json', 'package-lock.json', 'LICENSE', 'tsconfig.build.json', 'bin', 'cli'])
      expect(allowed).toContain(`!${needed}`);
    expect(read('.dockerignore').split('\n')[0]).toBe('*');
  });
});
