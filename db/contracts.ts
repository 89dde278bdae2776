import type { Page, PageRequest, Put, Who } from './verbs.ts';

export type ContractRevision = {
  name: string;
  revision: number;
  digest: string;
  text: string;
  createdAt: string;
  createdBy: string;
};

export type Contracts = {
  /** A new revision when the bytes differ from the latest one's; revisions are immutable and count from 1. */
  put(input: { name: string; text: string; digest: string } & Who): Promise<Put<ContractRevision>>;
  /** The latest when no revision is given. */
  get(name: string, revision?: number): Promise<ContractRevision | undefined>;
  list(page: PageRequest): Promise<Page<Omit<ContractRevision, 'text'>>>;
  revisions(name: string, page: PageRequest): Promise<Page<Omit<ContractRevision, 'text'>>>;
};
