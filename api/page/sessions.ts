import { randomBytes } from 'node:crypto';
import { sha256Hex } from '../../attestation/ids.ts';

/** Longest time signed in; a token that ends earlier ends it earlier. */
export const SESSION_MS = 12 * 3_600_000;
const MOST_SESSIONS = 1000;

export type Session = { tokenHash: string; endsAt: number; flash: string | undefined };

/**
 * Who is signed in, in memory only: a restart of the API signs everybody out. The browser holds a random id, the
 * memory its hash, and neither the token itself: the token's hash is looked up again at every request.
 */
export function createSessions(clock: () => Date) {
  const sessions = new Map<string, Session>();
  return {
    /** Returns the id for the cookie. */
    open(tokenHash: string, tokenExpiresAt: string | null): string {
      const now = clock().getTime();
      for (const [key, session] of sessions) if (session.endsAt <= now) sessions.delete(key);
      const oldest = sessions.keys().next().value;
      if (sessions.size >= MOST_SESSIONS && oldest !== undefined) sessions.delete(oldest);
      const id = randomBytes(32).toString('base64url');
      const tokenEndsAt = tokenExpiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(tokenExpiresAt);
      sessions.set(sha256Hex(id), { tokenHash, endsAt: Math.min(now + SESSION_MS, tokenEndsAt), flash: undefined });
      return id;
    },
    find(id: string | undefined): Session | undefined {
      if (id === undefined) return undefined;
      const session = sessions.get(sha256Hex(id));
      return session && session.endsAt > clock().getTime() ? session : undefined;
    },
    close(id: string | undefined): void {
      if (id !== undefined) sessions.delete(sha256Hex(id));
    },
  };
}
export type Sessions = ReturnType<typeof createSessions>;
