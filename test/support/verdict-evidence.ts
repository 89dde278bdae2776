import { parseTrustedKey } from '../../attestation/verify/keys.ts';
import { parseSubmission } from '../../attestation/verify/parse.ts';
import { verifyStatements } from '../../attestation/verify/verify.ts';
import type { HttpClient } from './http-client.ts';

type Summary = { subject: object[]; predicate: Record<string, unknown> };

/** The verdict as an auditor has it, fetched over HTTP and verified with the key in use; throws where it does not hold. */
export async function signedVerdict(http: HttpClient, id: string): Promise<Summary> {
  const publicKey = (await http.get('/v1/verdict-keys/current')).text;
  const key = parseTrustedKey('waybill', { publicKey });
  const submission = parseSubmission(Buffer.from((await http.get(`/v1/attestations/${id}/vsa`)).text));
  if (!key.ok || !submission.ok) throw new Error('expected a public key and an envelope, found something else');
  const rules = { at: new Date(), project: 'any', pipeline: 'any', threshold: 1 };
  const { statements, checks } = verifyStatements(submission.statements, { keys: [key.key], profiles: [] }, rules);
  const [statement] = submission.statements;
  if (statements[0]?.result !== 'verified' || !statement)
    throw new Error(checks.map(({ message }) => message).join(' '));
  return JSON.parse(Buffer.from(statement.envelope.payload).toString('utf8')) as Summary;
}
