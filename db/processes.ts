export type Processes = {
  heartbeat(input: { id: string; kind: 'api' | 'worker'; at: string }): Promise<void>;
  /** Ids of those heard of since `since`. */
  live(kind: 'api' | 'worker', since: string): Promise<string[]>;
  gone(id: string): Promise<void>;
};
