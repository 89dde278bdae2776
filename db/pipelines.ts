import type { PipelineSpec } from '../attestation/resources.ts';
import type { Page, PageRequest, Put, Who } from './verbs.ts';

export type PipelineRecord = {
  uid: string;
  project: string;
  name: string;
  spec: PipelineSpec;
  createdAt: string;
  updatedAt: string;
};

export type Pipelines = {
  /** Undefined when the contract does not exist. */
  put(input: { project: string; name: string; spec: PipelineSpec } & Who): Promise<Put<PipelineRecord> | undefined>;
  get(project: string, name: string): Promise<PipelineRecord | undefined>;
  /** `contract`: bound to the contract of this name. */
  list(
    filter: { project?: string | undefined; contract?: string | undefined },
    page: PageRequest,
  ): Promise<Page<PipelineRecord>>;
};
