import { readFileSync, writeFileSync } from 'node:fs';

export const MIB = 1024 * 1024;
/** Of Linux, whatever the machine: what user space is told in. */
const TICKS_PER_SECOND = 100;

/** Resident bytes of a process, now; undefined where there is no /proc. */
export const residentBytes = (pid: number): number | undefined => statusOf(pid, 'VmRSS');

/** The most that it ever had resident since {@link forgetPeak}. */
export const peakBytes = (pid: number): number | undefined => statusOf(pid, 'VmHWM');

/** Begins a new peak: the kernel keeps it, so no sample in between is missed. */
export function forgetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // Not Linux, or not permitted: the peak is then that of the process's whole life.
  }
}

function statusOf(pid: number, field: string): number | undefined {
  try {
    const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return found === undefined ? undefined : Number(found) * 1024;
  } catch {
    return undefined;
  }
}

/** CPU time of a process and its threads so far, in ms; NaN where there is no /proc. */
export function cpuMs(pid: number): number {
  try {
    // The name, in brackets, may hold spaces: user and system time are the 12th and 13th field after it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
  } catch {
    return Number.NaN;
  }
}
