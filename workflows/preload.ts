/**
 * Loaded once per worker, before the first workflow: the modules below it hold no state of a workflow, only functions
 * and constants, so every workflow may share them. (In the sandbox each workflow would evaluate them anew.)
 */

// The sandbox takes a stack for every promise that a workflow makes; a few frames say as much and cost a tenth of it.
Error.stackTraceLimit = 3;

export * from './index.ts';
