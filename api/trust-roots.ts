import { z } from '@hono/zod-openapi';
import { describeProfile } from '../attestation/verify/describe-profile.ts';
import { builtInProfiles, type TrustProfile } from '../attestation/verify/profiles.ts';
import {
  BUILT_IN_NAMES,
  parseNewRoot,
  readRegisteredRoot,
  TrustedRootSpec,
} from '../attestation/verify/trusted-root.ts';
import type { TrustedRootRecord } from '../db/trust.ts';
import { actorOf } from './auth/principal.ts';
import { changeOf, statusOf } from './change.ts';
import type { ApiDeps } from './deps.ts';
import { answerPage, pageRequest } from './paging.ts';
import { notFound, problem } from './problem.ts';
import { createRouter } from './router.ts';
import { refusedTrust, trustRoutes } from './trust-routes.ts';

const Authority = z.object({
  subject: z.string(),
  fingerprint: z.string().meta({ description: 'sha256 of the certificate (DER), hex.' }),
  validUntil: z.iso.datetime(),
});

const Profile = z
  .object({
    kind: z.enum(['sigstore', 'x509', 'keys']),
    require: z
      .object({ log: z.int(), certificateLog: z.int(), time: z.int() })
      .nullable()
      .meta({ description: 'Evidence that every bundle must bring; null for `x509`.' }),
    issuers: z.array(z.string()).meta({ description: 'OIDC issuers that its certificates may name. Empty: any.' }),
    projects: z.array(z.string()),
    logs: z.array(z.string()).meta({ description: 'Its transparency logs.' }),
    authorities: z.array(Authority),
    timestampAuthorities: z.array(Authority),
    keys: z.array(z.string()).meta({ description: 'Names of the keys that it publishes.' }),
    origin: z.enum(['seed', 'tuf', 'registered']).nullable(),
    asOf: z.iso.datetime().nullable().meta({ description: 'When it was last known to be current.' }),
  })
  .meta({ id: 'TrustProfile', description: 'Whom a root trusts, and what it asks for.' });

const Root = z
  .object({
    name: z.string(),
    builtIn: z.boolean().meta({ description: 'Always trusted; cannot be changed or deleted.' }),
    profile: Profile.nullable().meta({ description: 'Null when it cannot be used.' }),
    problem: z
      .object({ code: z.string(), message: z.string() })
      .nullable()
      .meta({ description: 'Why a root that was registered once cannot be used; nothing counts by it.' }),
    createdAt: z.iso.datetime().nullable(),
    updatedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'TrustedRoot' });

const RootWithSpec = Root.extend({
  spec: z
    .record(z.string(), z.unknown())
    .nullable()
    .meta({ description: 'As it was registered; null for what is built in or cannot be read.' }),
});

const noun = 'trusted root';
const routes = trustRoutes({
  path: '/trust/roots',
  id: 'TrustedRoot',
  noun,
  summary: 'Register authorities whose certificates count',
  refused: 'Not a root that can be trusted, or the name of one that is built in.',
  Spec: TrustedRootSpec,
  Item: Root,
  One: RootWithSpec,
});

/** Roots that were registered, and those that are built in: an operator sees whatever is trusted. */
export function trustRootRoutes({ db, clock, ...deps }: ApiDeps) {
  const router = createRouter();
  const builtIn = () => builtInProfiles(deps.builtIn());

  router.openapi(routes.put, async (c) => {
    const { name } = c.req.valid('param');
    const spec = c.req.valid('json');
    const parsed = parseNewRoot(name, spec);
    if (!parsed.ok) throw refusedTrust(parsed);
    const by = actorOf(c.get('principal'));
    const outcome = await db.trust.putRoot({ name, spec: JSON.stringify(spec), by, at: clock().toISOString() });
    return c.json({ ...viewWithSpec(outcome.record), change: changeOf(outcome) }, statusOf(outcome));
  });

  router.openapi(routes.list, async (c) => {
    const request = pageRequest(c.req.valid('query'));
    const page = answerPage(c, await db.trust.listRoots(request), view);
    // Beside the page's items, on the first one: what is built in has no row that a cursor could point to.
    const items = request.cursor === undefined ? [...builtIn().map(viewBuiltIn), ...page.items] : page.items;
    return c.json({ ...page, items }, 200);
  });

  router.openapi(routes.get, async (c) => {
    const { name } = c.req.valid('param');
    const profile = builtIn().find((one) => one.name === name);
    if (profile) return c.json({ ...viewBuiltIn(profile), spec: null }, 200);
    const found = await db.trust.getRoot(name);
    if (!found) throw notFound(noun, name);
    return c.json(viewWithSpec(found), 200);
  });

  router.openapi(routes.remove, async (c) => {
    const { name } = c.req.valid('param');
    const found = await db.trust.deleteRoot(name, { by: actorOf(c.get('principal')), at: clock().toISOString() });
    if (!found) throw BUILT_IN_NAMES.includes(name) ? builtInStays(name) : notFound(noun, name);
    return c.body(null, 204);
  });
  return router;
}

const builtInStays = (name: string) =>
  problem(
    409,
    'root.built-in',
    `expected a root that was registered, found ${name}, which is built in and stays; a certificate of it counts only where a contract names its signer`,
  );

const viewBuiltIn = (profile: TrustProfile): z.output<typeof Root> => ({
  name: profile.name,
  builtIn: true,
  profile: asProfile(profile),
  problem: null,
  createdAt: null,
  updatedAt: null,
});

function view({ createdAt, ...stored }: TrustedRootRecord): z.output<typeof Root> {
  const { name, updatedAt } = stored;
  const read = readRegisteredRoot(stored);
  return {
    name,
    builtIn: false,
    profile: read.ok ? asProfile(read.profile) : null,
    problem: read.ok ? null : { code: read.code, message: read.message },
    createdAt,
    updatedAt,
  };
}

const viewWithSpec = (stored: TrustedRootRecord): z.output<typeof RootWithSpec> => ({
  ...view(stored),
  spec: asSpec(stored.spec),
});

const asProfile = (profile: TrustProfile): z.output<typeof Profile> => {
  const { issuers, projects, ...rest } = describeProfile(profile);
  return { ...rest, issuers: [...issuers], projects: [...projects] };
};

/** Null for what this file did not write; the problem beside it says so. */
function asSpec(text: string): Record<string, unknown> | null {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch {
    return null;
  }
}
