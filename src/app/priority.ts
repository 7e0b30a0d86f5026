import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename } from 'node:path';

/**
 * Lets every other thread go first where processors are short: what answers a visitor matters now, what works through the
 * log can be made up for. On Linux the nice value belongs to a thread (sched(7)); elsewhere nothing happens.
 */
export function yieldToOthers(niceness: number): void {
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), niceness);
  } catch {
    // No such file, or not allowed: the thread keeps the priority of the process.
  }
}
