import { plainText } from '../identity.ts';
import type { Certificate } from './certificate.ts';

const EMAIL = 1;
const DNS = 2;
const URI = 6;

/**
 * Whom a customer's authority issued a certificate to: its one alternative name, else `subject:` and its distinguished
 * name as RFC 4514 writes it. Never the extensions of Fulcio: they would let any authority speak for a CI's issuer.
 * Throws unless there is exactly one answer.
 */
export const readSubject = (certificate: Certificate): { san: string; claims: Record<string, string> } => {
  const { alternativeNames } = certificate;
  const subject = nameOf(certificate);
  const claims: Record<string, string> = subject === '' ? {} : { subject };
  const [name] = alternativeNames;
  if (!name && subject === '') throw new Error('the certificate names nobody');
  if (!name) return { san: `subject:${subject}`, claims };
  const known = [EMAIL, DNS, URI].some((tag) => name.tag.isContextSpecific(tag));
  if (alternativeNames.length !== 1 || !known)
    throw new Error('expected one subject alternative name: a URI, an e-mail address or a DNS name');
  const san = plainText(name.value);
  if (san === '' || /^subject:/i.test(san)) throw new Error('the subject alternative name is ambiguous');
  return { san, claims };
};

/** The distinguished name of a certificate's subject. Throws where it is not plain text. */
export const nameOf = ({ node }: Pick<Certificate, 'node'>): string =>
  plainText(Buffer.from(distinguishedName(node.subject ?? '')));

/** Node writes a name root first, a line for each part, and values that belong to one part with ` + ` between them. */
const distinguishedName = (lines: string): string =>
  lines
    .split('\n')
    .map((part) => part.split(' + ').reverse().join('+'))
    .reverse()
    .join(',');
