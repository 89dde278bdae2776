import type { Actor, Page, PageRequest, Who } from './verbs.ts';

export type AuditRecord = {
  seq: number;
  at: string;
  actor: Actor;
  action: string;
  target: string;
  detail: Record<string, unknown>;
};

export type Audit = {
  append(input: { action: string; target: string; detail?: Record<string, unknown> } & Who): Promise<void>;
  list(
    filter: { target?: string | undefined; action?: string | undefined },
    page: PageRequest,
  ): Promise<Page<AuditRecord>>;
};
