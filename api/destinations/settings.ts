import { X509Certificate } from 'node:crypto';
import type { Integration } from '../../activities/integrations/define.ts';
import { checkDestinationSettings, type SettingProblem } from '../../activities/integrations/index.ts';
import { LONGEST_TIMEOUT_MS } from '../../activities/integrations/support/limits.ts';
import { formatAge, parseDuration } from '../../attestation/duration.ts';
import type { DestinationSpec } from '../../attestation/resources.ts';
import type { DestinationRecord, StoredSecret } from '../../db/destinations.ts';
import type { ApiDeps } from '../deps.ts';
import { problem } from '../problem.ts';

/**
 * Refuses settings that could not work or would give a secret away. `stored` is what the destination is now: secrets
 * that are not given again stay.
 */
export function checkSettings(deps: ApiDeps, spec: DestinationSpec, stored: DestinationRecord | undefined): void {
  const integration = Object.hasOwn(deps.integrations, spec.integration)
    ? deps.integrations[spec.integration]
    : undefined;
  if (!integration) throw noIntegration(deps, spec.integration);
  if (stored && stored.spec.integration !== spec.integration) throw otherIntegration(stored, spec.integration);
  const named = new Set([...Object.keys(stored?.secrets ?? {}), ...Object.keys(spec.secrets)]);
  const secretNames = [...named].filter((name) => spec.secrets[name] !== null);
  const { config, allow } = spec;
  const problems = [
    ...checkDestinationSettings(integration, { config, secretNames, allow }),
    ...valueProblems(integration, spec.secrets),
    ...authorityProblems(spec.tlsCa),
    ...timeoutProblems(spec.limits.timeout),
  ];
  if (problems.length > 0) {
    const errors = problems.map(({ path, code, message }) => ({ path: ['spec', ...path].join('.'), code, message }));
    const refusedAddress = errors.find(({ code }) => code === 'address.refused');
    const detail = errors.map(({ path, message }) => `${path}: ${message}`).join(' | ');
    throw problem(422, refusedAddress?.code ?? 'destination.invalid', detail, { more: { errors } });
  }
  if (stored) refuseMovedSecrets(stored, spec);
}

/** A value that is given as it is can be checked now; a reference only where it is resolved. No message repeats a value. */
function valueProblems({ secrets: schema }: Integration, given: DestinationSpec['secrets']): SettingProblem[] {
  const values = Object.entries(given).flatMap(([name, secret]) =>
    secret === null || typeof secret === 'string' ? [] : [[name, secret.value]],
  );
  const issues = schema.safeParse(Object.fromEntries(values)).error?.issues ?? [];
  return issues
    .filter(({ path }) => values.some(([name]) => name === path[0]))
    .map(({ path, message }) => ({ path: ['secrets', String(path[0])], code: 'settings.invalid', message }));
}

const timeoutProblems = (timeout: string | undefined): SettingProblem[] =>
  (parseDuration(timeout ?? '') ?? 0) > LONGEST_TIMEOUT_MS
    ? [
        {
          path: ['limits', 'timeout'],
          code: 'settings.invalid',
          message: `expected at most ${formatAge(LONGEST_TIMEOUT_MS)}, found ${timeout}`,
        },
      ]
    : [];

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g;

/** A bundle may hold words between its certificates, as those of distributions do; anything else in PEM is a mistake. */
function authorityProblems(pem: string | undefined): SettingProblem[] {
  if (pem === undefined) return [];
  const refuse = (found: string): SettingProblem[] => [
    {
      path: ['tlsCa'],
      code: 'tls-ca.invalid',
      message: `expected certificates as PEM, found ${found}; give the text of the CA file, not its path`,
    },
  ];
  const blocks = [...pem.matchAll(PEM_BLOCK)];
  if (blocks.length === 0) return refuse('none');
  const other = blocks.find(([, label]) => label !== 'CERTIFICATE');
  if (other) return refuse(`a ${other[1]?.toLowerCase()}`);
  const unread = blocks.findIndex(([block]) => !isCertificate(block));
  if (unread !== -1) return refuse(`one that cannot be read, number ${unread + 1} of ${blocks.length}`);
  return /-----BEGIN /.test(pem.replace(PEM_BLOCK, '')) ? refuse('one that is cut') : [];
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.byteLength > 0;
  } catch {
    return false;
  }
}

/** Given values are sealed, references are kept as they are; null drops one. */
export const storeSecrets = (
  { seal }: ApiDeps,
  secrets: DestinationSpec['secrets'],
): Record<string, StoredSecret | null> =>
  Object.fromEntries(
    Object.entries(secrets).map(([name, given]) => [
      name,
      given === null ? null : typeof given === 'string' ? { ref: given } : seal(given.value),
    ]),
  );

/** A sealed secret was given for one address; sending it to another needs it again, from somebody who knows it. */
function refuseMovedSecrets(stored: DestinationRecord, spec: DestinationSpec): void {
  const kept = Object.entries(stored.secrets).filter(([name, secret]) => 'sealed' in secret && !(name in spec.secrets));
  const known = originsIn(stored.spec.config);
  const moved = [...originsIn(spec.config)].find((origin) => !known.has(origin));
  if (kept.length === 0 || moved === undefined) return;
  const names = kept.map(([name]) => name).join(', ');
  throw problem(
    422,
    'secrets.required',
    `expected the secrets ${names} again, because they would go to another address (${moved}); give them with the new settings`,
    {
      more: { expected: names },
    },
  );
}

function originsIn(value: unknown): Set<string> {
  if (typeof value === 'string')
    return new Set(/^https?:/i.test(value) && URL.canParse(value) ? [new URL(value).origin] : []);
  if (typeof value !== 'object' || value === null) return new Set();
  return new Set(Object.values(value).flatMap((inner) => [...originsIn(inner)]));
}

function noIntegration({ integrations }: ApiDeps, found: string) {
  const expected = Object.keys(integrations).join(', ');
  return problem(
    422,
    'integration.unknown',
    `spec.integration: expected one of ${expected}, found ${JSON.stringify(found)}`,
    {
      more: { expected, found },
    },
  );
}

const otherIntegration = ({ name, spec }: DestinationRecord, found: string) =>
  problem(
    409,
    'destination.other-integration',
    `destination ${name} is of the kind ${spec.integration}, and deliveries were planned for that; put the ${found} one under another name`,
    {
      more: { expected: spec.integration, found },
    },
  );
