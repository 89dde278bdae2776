import type { Signer } from '../../verdict.ts';
import { parseStrictJson } from '../../verify/strict-json.ts';
import { toCelInput, toTimestamp } from './values.ts';
import type { Variable } from './vocabulary.ts';

/** A material as rules see it. */
export type RuleMaterial = {
  name: string;
  type: string;
  /** Name of the contract's slot; empty for what the contract does not ask for. */
  slot: string;
  digest: { sha256: string };
  /** null where only the digest is known. */
  size: number | null;
  mediaType: string;
  annotations: Record<string, string>;
  facts: Record<string, unknown>;
};

/** Everything that rules are evaluated over. Plain data: it is handed to a thread. */
export type RuleTask = {
  rules: { name: string; expr: string }[];
  /** Payloads of verified statements, as they were signed. */
  statements: { sha256: string; payload: Uint8Array; signers: Signer[] }[];
  materials: RuleMaterial[];
  pipeline: { project: string; name: string };
  /** ISO 8601, UTC. */
  receivedAt: string;
};

/** The values that one evaluation of a rule sees. */
export type Instance = { of?: string; bindings: Record<string, unknown> };

/** Longest payloads together, in bytes, that rules may look into. */
const MAX_INPUT_BYTES = 8 * 1024 * 1024;
/** Most values in one of them: small ones take many times their bytes in memory. */
const MAX_VALUES = 500_000;

/**
 * What a rule is evaluated over, by the variables it uses: once, or once for every statement, or for every signer of
 * every statement. Each value is made when the first rule asks for it. Throws when there is nothing to evaluate over.
 */
export function createInstances(task: RuleTask): (uses: ReadonlySet<Variable>) => Instance[] {
  const statements = once(() => readStatements(task));
  const values = {
    statements: once(() => task.statements.map((_, i) => listed(statements()[i], task.statements[i]?.signers ?? []))),
    materials: once(() => toCelInput(task.materials)),
    pipeline: once(() => toCelInput(task.pipeline)),
    received: once(() => toTimestamp(task.receivedAt)),
  };
  return (uses) => {
    const shared: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(values)) if (uses.has(name as Variable)) shared[name] = value();
    const looksInside = uses.has('statement') || uses.has('predicate');
    if (!looksInside && !uses.has('signer')) return [{ bindings: shared }];
    const instances = task.statements.flatMap(({ sha256, signers }, i): Instance[] => {
      const statement = looksInside ? statements()[i] : undefined;
      const bindings = { ...shared, ...(looksInside && { statement, predicate: statement?.get('predicate') ?? null }) };
      if (!uses.has('signer')) return [{ of: sha256, bindings }];
      return signers.map((signer) => ({ of: sha256, bindings: { ...bindings, signer: signerValue(signer) } }));
    });
    if (instances.length === 0) throw new Error('there is no verified statement to look at');
    return instances;
  };
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

type CelMap = Map<string, unknown>;

function readStatements({ statements }: RuleTask): CelMap[] {
  const size = statements.reduce((sum, { payload }) => sum + payload.byteLength, 0);
  if (size > MAX_INPUT_BYTES)
    throw new Error(
      `expected statements of at most ${MAX_INPUT_BYTES} bytes together, found ${size}: too long for rules`,
    );
  return statements.map(({ payload }) => {
    const read = parseStrictJson(payload, { maxValues: MAX_VALUES });
    if (!read.ok) throw new Error(`a statement is too much for rules: ${read.message}`);
    const value = toCelInput(read.value);
    if (!(value instanceof Map)) throw new Error('a statement that was verified is none');
    return new Map<string, unknown>([['subject', []], ['predicate', null], ...(value as CelMap)]);
  });
}

const listed = (statement: CelMap | undefined, signers: readonly Signer[]): CelMap =>
  new Map<string, unknown>([...(statement ?? []), ['signers', signers.map(signerValue)]]);

/** Every field is there, whoever signed. */
function signerValue(signer: Signer): CelMap {
  const none = { name: '', fingerprint: '', algorithm: '', profile: '', issuer: '', san: '', claims: {} };
  return toCelInput({ ...none, ...signer }) as CelMap;
}
