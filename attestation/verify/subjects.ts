import type { Statement } from './statement.ts';

/** Both digests of bytes that were sent along, hex. */
export type SentDigests = { sha256: string; sha512: string };

/**
 * True when the statements are about one thing: some artifact (one that a statement names, or bytes sent along) is a
 * subject of each of them. A subject is that artifact when one strong digest agrees and none disagrees.
 */
export const shareSubject = (
  statements: readonly Pick<Statement, 'subject'>[],
  sent: readonly SentDigests[] = [],
): boolean => sharedArtifacts(statements, sent).length > 0;

/**
 * The subjects that all of the statements name: what they say together, they say of these. One statement says it of all
 * of its own.
 */
export const sharedSubjects = (
  statements: readonly Pick<Statement, 'subject'>[],
  sent: readonly SentDigests[] = [],
): Statement['subject'] => {
  const all = statements.flatMap(({ subject }) => subject);
  if (statements.length === 1) return all;
  const index = new Set(sharedArtifacts(statements, sent).flatMap(waysToMeet));
  return all.filter(({ digest }) => strong(digest).some((artifact) => isIn(index, artifact)));
};

const sharedArtifacts = (
  statements: readonly Pick<Statement, 'subject'>[],
  sent: readonly SentDigests[],
): Artifact[] => {
  const named = statements.map(({ subject }) => subject.flatMap(({ digest }) => strong(digest)));
  const indexes = named.map((artifacts) => new Set(artifacts.flatMap(waysToMeet)));
  return [...named.flat(), ...sent.flatMap(strong)].filter((artifact) =>
    indexes.every((index) => isIn(index, artifact)),
  );
};

/** True when a statement names the artifact as a subject: every strong digest that both know agrees. */
export const isSubject = (
  { subject }: Pick<Statement, 'subject'>,
  artifact: { sha256: string; sha512?: string },
): boolean => {
  const index = new Set(subject.flatMap(({ digest }) => strong(digest)).flatMap(waysToMeet));
  const { sha256, sha512 } = artifact;
  return sha512 === undefined ? index.has(`${sha256} *`) : isIn(index, { sha256, sha512 });
};

type Artifact = { sha256?: string; sha512?: string };

/** None where no digest is strong, or one that should be is malformed: all that are signed must match. */
const strong = (digest: Partial<Record<string, string>>): Artifact[] => {
  const sha256 = digest.sha256?.toLowerCase();
  const sha512 = digest.sha512?.toLowerCase();
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256)) return [];
  if (sha512 !== undefined && !/^[0-9a-f]{128}$/.test(sha512)) return [];
  if (sha256 === undefined && sha512 === undefined) return [];
  return [{ ...(sha256 !== undefined && { sha256 }), ...(sha512 !== undefined && { sha512 }) }];
};

/** An index instead of comparing all with all: a statement may have very many subjects. */
const waysToMeet = ({ sha256, sha512 }: Artifact): string[] => {
  if (sha256 && sha512) return [`${sha256} ${sha512}`, `${sha256} *`, `* ${sha512}`];
  return sha256 ? [`${sha256} -`, `${sha256} *`] : [`- ${sha512}`, `* ${sha512}`];
};

const isIn = (index: Set<string>, { sha256, sha512 }: Artifact): boolean => {
  if (sha256 && sha512) return [`${sha256} ${sha512}`, `${sha256} -`, `- ${sha512}`].some((way) => index.has(way));
  return index.has(sha256 ? `${sha256} *` : `* ${sha512}`);
};
