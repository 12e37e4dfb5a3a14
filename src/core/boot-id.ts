import fs from 'node:fs'
import os from 'node:os'

/** Identifies the current boot of the machine. */
export function bootId(): string {
  // Without a boot id, the minute of the boot: clocks drift by seconds, and a restart takes longer.
  return readBootId() ?? `boot-${Math.round((Date.now() / 1000 - os.uptime()) / 60)}`
}

/** Returns what Linux calls this boot; undefined on other systems. */
export function readBootId(): string | undefined {
  try {
    return fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return undefined
  }
}
