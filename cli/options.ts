import type { Command } from 'commander';
import { type Client, type ConnectOptions, createClient } from './client.ts';
import { usageError } from './exit.ts';
import type { Io } from './io.ts';

/** The API as the options of the whole program name it. */
export const clientOf = (command: Command, io: Io): Client =>
  createClient(io, command.optsWithGlobals<ConnectOptions>());

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw unexpected('a number greater than 0', text);
  return value;
}

export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw unexpected('a whole number greater than 0', text);
  return Number(text);
}

/** Reads an option that may be given several times. */
export const several = (value: string, before: string[] = []): string[] => [...before, value];

/** `name=value`, neither empty. */
export function assignment(text: string): { name: string; value: string } {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) throw unexpected('name=value', text);
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}

export type PipelinePath = { project: string; pipeline: string };

/** `project/pipeline`. */
export function pipelinePath(text: string): PipelinePath {
  const [project, pipeline, ...rest] = text.split('/');
  if (!project || !pipeline || rest.length > 0) throw unexpected('project/pipeline', text);
  return { project, pipeline };
}

const unexpected = (expected: string, found: string) =>
  usageError(`Expected ${expected}, found ${JSON.stringify(found)}.`);

/** Help text with examples, set apart. */
export const examples = (...lines: string[]): string =>
  `\nExamples:\n${lines.map((line) => (line.startsWith(' ') ? `  ${line}` : `  $ ${line}`)).join('\n')}`;

/** A path of the API from parts that may hold any character. */
export const apiPath = (...parts: string[]): string => `/v1/${parts.map(encodeURIComponent).join('/')}`;
