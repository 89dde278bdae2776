/** True when `project/pipeline` is meant by one of the globs: `project`, `project/pipeline`, with `*` for any text between slashes. */
export const matchesPipeline = (globs: readonly string[], project: string, pipeline: string): boolean =>
  globs.some((glob) => {
    const [projectGlob = '', pipelineGlob = '*', ...rest] = glob.split('/');
    return rest.length === 0 && matches(projectGlob, project) && matches(pipelineGlob, pipeline);
  });

// By hand, because a glob made into a RegExp can be made to take exponential time.
const matches = (glob: string, name: string): boolean => {
  const [first = '', ...parts] = glob.split('*');
  const last = parts.pop();
  if (last === undefined) return glob === name;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
};
