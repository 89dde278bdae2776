export type Leases = {
  /** True when `holder` has it now: it was free, over, or his already. */
  take(name: string, holder: string, ttlMs: number, at: string): Promise<boolean>;
};
