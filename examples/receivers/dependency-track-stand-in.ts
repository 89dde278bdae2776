import { parseArgs } from 'node:util';
import { DEFAULT_SETTINGS } from './dependency-track/settings.ts';
import { createDependencyTrackStandIn } from './dependency-track/stand-in.ts';

/** node examples/receivers/dependency-track-stand-in.ts --port 8081: a stand-in for Dependency-Track, to try things with. */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8081' },
    host: { type: 'string', default: '127.0.0.1' },
    'api-key': { type: 'string', default: DEFAULT_SETTINGS.apiKey },
    version: { type: 'string', default: DEFAULT_SETTINGS.version },
    permissions: { type: 'string', default: DEFAULT_SETTINGS.permissions.join(',') },
    'import-ms': { type: 'string', default: '1000' },
  },
});

const standIn = await createDependencyTrackStandIn({
  port: Number(values.port),
  host: values.host,
  apiKey: values['api-key'],
  version: values.version,
  permissions: values.permissions.split(',').filter((permission) => permission !== ''),
  importMs: Number(values['import-ms']),
});
console.log(`Dependency-Track stand-in ${values.version} listens on ${standIn.url}`);
console.log(`down: curl -d '{"mode":"unavailable"}' ${standIn.url}/stand-in/settings   up again: -d '{"mode":"up"}'`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void standIn.close());
