import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** One process for ever: the pid alone comes back for another one after a crash or a reboot. */
export type ProcessIdentity = { pid: number; startedAt: string };

/** The identity of a running process, or undefined where none runs under that pid. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  if (!respondsToSignals(pid)) return undefined;
  const startedAt = process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether that very process still runs, not merely another one with its pid. */
export const isRunning = (who: ProcessIdentity): boolean => identifyProcess(who.pid)?.startedAt === who.startedAt;

function respondsToSignals(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Boot id and start tick; undefined for a zombie, which holds nothing open any more. */
function startOnLinux(pid: number): string | undefined {
  try {
    // The command may itself contain spaces and brackets, so fields are counted from its last bracket (proc_pid_stat(5)).
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19]}`;
  } catch {
    return undefined;
  }
}

/** The start time as `ps` tells it; where there is no `ps` (Windows) the pid has to do. */
function startByPs(pid: number): string | undefined {
  if (process.platform === 'win32') return 'unknown';
  try {
    const options = { encoding: 'utf8', env: { PATH: '/bin:/usr/bin', LC_ALL: 'C', TZ: 'UTC' } } as const;
    const [state = '', ...start] = execFileSync('ps', ['-o', 'state=,lstart=', '-p', `${pid}`], options)
      .trim()
      .split(/\s+/);
    return state.startsWith('Z') ? undefined : start.join(' ');
  } catch {
    return undefined;
  }
}
