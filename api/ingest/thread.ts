import { moved } from './moved.ts';
import { type Documents, readStatements } from './statements.ts';

/** Runs in a worker thread. The bytes of the statements lie in the documents, and go back with them. */
export function read(task: Documents): unknown {
  const result = readStatements(task);
  return moved(result, result.ok ? new Set(result.statements.map(({ bytes }) => bytes.buffer)) : []);
}
