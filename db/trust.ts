import type { Page, PageRequest, Put, Who } from './verbs.ts';

/** `parsed` is the verify room's TrustedKey (public material only), kept as JSON. */
export type TrustedKeyRecord = { name: string; parsed: unknown; createdAt: string; updatedAt: string };

/** `spec` is the JSON of a TrustedRootSpec (public material only), as the API wrote it. */
export type TrustedRootRecord = { name: string; spec: string; createdAt: string; updatedAt: string };

export type Trust = {
  putKey(input: { name: string; parsed: unknown } & Who): Promise<Put<TrustedKeyRecord>>;
  getKey(name: string): Promise<TrustedKeyRecord | undefined>;
  listKeys(page: PageRequest): Promise<Page<TrustedKeyRecord>>;
  /** All of them: what verification tries. */
  allKeys(): Promise<TrustedKeyRecord[]>;
  deleteKey(name: string, who: Who): Promise<boolean>;
  putRoot(input: { name: string; spec: string } & Who): Promise<Put<TrustedRootRecord>>;
  getRoot(name: string): Promise<TrustedRootRecord | undefined>;
  listRoots(page: PageRequest): Promise<Page<TrustedRootRecord>>;
  /** All of them, by name: the order in which verification tries them. */
  allRoots(): Promise<TrustedRootRecord[]>;
  deleteRoot(name: string, who: Who): Promise<boolean>;
};
