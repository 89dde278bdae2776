/** An answer as the real server gives it: most texts are plain, and labelled JSON all the same. */
export type Answer = { status: number; body: string; type?: string };

export const json = (status: number, value: unknown): Answer => ({
  status,
  body: JSON.stringify(value),
  type: 'application/json',
});
export const text = (status: number, body: string): Answer => ({ status, body, type: 'application/json' });
export const empty = (status: number): Answer => ({ status, body: '' });
export const problem = (status: number, title: string, detail: string, errors?: string[]): Answer => ({
  status,
  body: JSON.stringify({ status, title, detail, ...(errors ? { errors } : {}) }),
  type: 'application/problem+json',
});

export const uncaught = (): Answer => text(500, 'Uncaught internal server error');
export const noProject = (): Answer => text(404, 'The project could not be found.');
export const forbidden = (): Answer =>
  problem(403, 'Project access denied', 'Access to the requested project is forbidden');
