/** `pipeline=project/name` says both. */
export function splitPipeline({ project, pipeline }: { project?: string | undefined; pipeline?: string | undefined }) {
  const [first, second] = pipeline?.split('/') ?? [];
  return second === undefined ? { project, pipeline } : { project: first, pipeline: second };
}

export const asUtc = (time: string | undefined): string | undefined => time && new Date(time).toISOString();
