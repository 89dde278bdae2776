import type { Database } from '../../db/database.ts';
import type { TokenRecord } from '../../db/tokens.ts';
import type { Log } from '../deps.ts';
import { type Principal, principalOf } from './principal.ts';
import { hashToken, isTokenShaped } from './token.ts';

type RefusalCode = 'token.malformed' | 'token.unknown' | 'token.revoked' | 'token.expired';
export type Authentication =
  | { ok: true; principal: Principal; token: TokenRecord }
  | { ok: false; code: RefusalCode; message: string };

type Deps = { db: Database; clock(): Date; log: Log };

const TOUCH_EVERY_MS = 60_000;

/** Who holds this token, or why it is refused. */
export async function authenticate(deps: Deps, token: string): Promise<Authentication> {
  if (isTokenShaped(token)) return authenticateHash(deps, hashToken(token));
  return refuse('token.malformed', 'expected a token of the form wbt_<id>_<secret>; was it cut when it was copied?');
}

/** The same for a token of which only the hash is at hand: a session remembers no more. */
export async function authenticateHash(deps: Deps, hash: string): Promise<Authentication> {
  const token = await deps.db.tokens.findByHash(hash);
  if (!token) return refuse('token.unknown', 'there is no such token here; it may belong to another installation');
  const at = deps.clock();
  const end = token.revokedAt ?? token.expiresAt;
  if (token.revokedAt) return refuse('token.revoked', `token ${token.id} was revoked at ${end}; use another one`);
  if (token.expiresAt && Date.parse(token.expiresAt) <= at.getTime())
    return refuse('token.expired', `token ${token.id} expired at ${end}; ask an administrator for a new one`);
  noteUse(deps, token, at);
  return { ok: true, principal: principalOf(token), token };
}

const refuse = (code: RefusalCode, message: string): Authentication => ({ ok: false, code, message });

/** Nobody waits for this write, and a lost one is harmless. */
function noteUse({ db, log }: Deps, token: TokenRecord, at: Date): void {
  if (token.lastUsedAt && at.getTime() - Date.parse(token.lastUsedAt) < TOUCH_EVERY_MS) return;
  db.tokens.touch(token.id, at.toISOString()).catch((err: unknown) => log.warn({ err }, 'use of a token not noted'));
}
