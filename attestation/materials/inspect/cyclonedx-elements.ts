import spdx from '../schemas/cyclonedx/spdx.schema.json' with { type: 'json' };

/** What one element of a CycloneDX document must be, wherever it stands. */
export type ElementRule = {
  /** The only elements it may hold. */
  children?: ReadonlySet<string>;
  /** Elements it must hold. */
  needs?: readonly string[];
  /** Attributes it must have. */
  attributes?: readonly string[];
  /** An attribute and the only values it may have. */
  among?: { attribute: string; values: (version: string) => ReadonlySet<string> };
  /** What its text must be. */
  text?: { expected: string; matches(text: string): boolean };
};

const set = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/));

const TYPES: readonly [since: string, types: string][] = [
  ['1.2', 'application framework library container operating-system device firmware file'],
  ['1.5', 'platform device-driver machine-learning-model data'],
  ['1.6', 'cryptographic-asset'],
];
const HASHES: readonly [since: string, names: string][] = [
  ['1.2', 'MD5 SHA-1 SHA-256 SHA-384 SHA-512 SHA3-256 SHA3-384 SHA3-512 BLAKE2b-256 BLAKE2b-384 BLAKE2b-512 BLAKE3'],
  ['1.7', 'Streebog-256 Streebog-512'],
];
const sinceVersion = (table: readonly [string, string][]) => {
  const known = new Map<string, ReadonlySet<string>>();
  return (version: string): ReadonlySet<string> => {
    const values =
      known.get(version) ??
      set(
        table
          .filter(([since]) => since <= version)
          .map(([, words]) => words)
          .join(' '),
      );
    known.set(version, values);
    return values;
  };
};
const licenseIds = new Set<string>(spdx.enum);

/** By name, or by the name of the parent and theirs. */
const ELEMENTS: ReadonlyMap<string, ElementRule> = new Map<string, ElementRule>([
  [
    'bom',
    {
      children: set(
        'metadata components services externalReferences dependencies compositions properties vulnerabilities annotations formulation declarations definitions citations',
      ),
    },
  ],
  ['components', { children: set('component') }],
  [
    'component',
    {
      children: set(
        `supplier manufacturer authors author publisher group name version versionRange description scope hashes licenses
         copyright cpe purl omniborId swhid swid modified pedigree externalReferences properties components evidence
         releaseNotes modelCard data cryptoProperties tags patentAssertions`,
      ),
      needs: ['name'],
      attributes: ['type'],
      among: { attribute: 'type', values: sinceVersion(TYPES) },
    },
  ],
  ['hashes', { children: set('hash') }],
  [
    'hash',
    {
      attributes: ['alg'],
      among: { attribute: 'alg', values: sinceVersion(HASHES) },
      text: {
        expected: 'a digest in hex',
        matches: (text) => /^([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/i.test(text),
      },
    },
  ],
  ['licenses', { children: set('license expression') }],
  ['license', { children: set('id name text url licensing properties') }],
  ['license/id', { text: { expected: 'an id of the SPDX list of licences', matches: (text) => licenseIds.has(text) } }],
  ['component/name', { text: { expected: 'a name', matches: (text) => text !== '' } }],
  [
    'component/scope',
    {
      text: {
        expected: 'required, optional or excluded',
        matches: (text) => /^(required|optional|excluded)$/.test(text),
      },
    },
  ],
  ['dependencies', { children: set('dependency') }],
  ['dependency', { children: set('dependency provides'), attributes: ['ref'] }],
  ['externalReferences', { children: set('reference') }],
  ['externalReferences/reference', { attributes: ['type'], needs: ['url'] }],
  ['vulnerabilities', { children: set('vulnerability') }],
  [
    'rating/severity',
    {
      text: { expected: 'a severity', matches: (text) => /^(critical|high|medium|low|info|none|unknown)$/.test(text) },
    },
  ],
]);

const inParent = new Map<string, Map<string, ElementRule>>();
for (const [name, rule] of ELEMENTS) {
  const [parent, local] = name.split('/');
  if (!parent || !local) continue;
  const rules = inParent.get(local) ?? new Map<string, ElementRule>();
  inParent.set(local, rules.set(parent, rule));
}

/** The rule for an element that says what a thing is made of; others must only be where one of these allows them. */
export const ruleOf = (local: string, parent = ''): ElementRule | undefined =>
  inParent.get(local)?.get(parent) ?? ELEMENTS.get(local);
