import type { TokenRole } from '../attestation/resources.ts';
import type { Page, PageRequest, Who } from './verbs.ts';

export type TokenRecord = {
  id: string;
  name: string;
  role: TokenRole;
  /** Globs over `project/pipeline`; empty = everything. */
  scope: string[];
  createdAt: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
  revokedAt: string | null;
};

export type Tokens = {
  create(
    input: { id: string; hash: string; name: string; role: TokenRole; scope: string[]; expiresAt: string | null } & Who,
  ): Promise<TokenRecord>;
  /** By sha256 (hex) of the whole token. Revoked and expired ones are returned too: the caller says why it refuses. */
  findByHash(hash: string): Promise<TokenRecord | undefined>;
  /** Notes the use; not audited, written at most once a minute. */
  touch(id: string, at: string): Promise<void>;
  list(page: PageRequest): Promise<Page<TokenRecord>>;
  /** Undefined when there is none; revoking twice changes nothing. */
  revoke(id: string, who: Who): Promise<TokenRecord | undefined>;
};
