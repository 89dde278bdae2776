import { may, type Principal, seesEverything, seesPipeline, visibleTo } from '../auth/principal.ts';

/** Who looks at the page, and what he may see and do there. */
export type Viewer = {
  principal: Principal;
  /** Globs over project/pipeline; undefined = everything. */
  visible: string[] | undefined;
  mayOperate: boolean;
  /** A destination is shared by all projects: only a token without a scope pauses or resumes one. */
  mayHold: boolean;
  /** Removes destinations. */
  mayRemove: boolean;
  /** What the last action did; shown once. */
  flash: string | undefined;
};

export function viewerOf(principal: Principal, flash: string | undefined): Viewer {
  const mayOperate = may(principal, 'operate');
  return {
    principal,
    visible: visibleTo(principal),
    mayOperate,
    mayHold: mayOperate && seesEverything(principal),
    mayRemove: may(principal, 'administer') && seesEverything(principal),
    flash,
  };
}

export const maySee = (viewer: Viewer, of: { project: string; pipeline: string }): boolean =>
  seesPipeline(viewer.principal, of.project, of.pipeline);
