import { DeliveryError, type TestCheck } from '../define.ts';

export const passed = (name: string, detail: string): TestCheck => ({ name, outcome: 'ok', detail });
export const warned = (name: string, detail: string, remedy: string): TestCheck => ({
  name,
  outcome: 'warn',
  detail,
  remedy,
});
export const failed = (name: string, detail: string, remedy: string): TestCheck => ({
  name,
  outcome: 'fail',
  detail,
  remedy,
});
export const skipped = (name: string, detail: string): TestCheck => ({ name, outcome: 'skipped', detail });

/** Runs one check; a `DeliveryError` becomes a failed check, anything else is a bug and is thrown on. */
export async function attempt(name: string, remedy: string, check: () => Promise<TestCheck[]>): Promise<TestCheck[]> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof DeliveryError) return [failed(name, error.message, remedy)];
    throw error;
  }
}
