const DAY_MS = 86_400_000;

export const dayBefore = (at: string): string => new Date(Date.parse(at) - DAY_MS).toISOString();
