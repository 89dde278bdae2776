export async function backfill(_replayId: string): Promise<void> {}
