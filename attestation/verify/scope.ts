import { matchesGlob } from '../glob.ts';

/** True when `project/pipeline` is meant by one of the globs: `project` or `project/pipeline`, with `*` for any text between slashes. */
export const matchesPipeline = (globs: readonly string[], project: string, pipeline: string): boolean =>
  globs.some((glob) => {
    const [projectGlob = '', pipelineGlob = '*', ...rest] = glob.split('/');
    return rest.length === 0 && matchesGlob(projectGlob, project) && matchesGlob(pipelineGlob, pipeline);
  });
