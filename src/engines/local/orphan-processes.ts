import fs from 'node:fs'
import path from 'node:path'

/** how many times to look for processes that were started while others were being killed */
const MOST_ROUNDS = 10

/**
 * Kills processes that a function left outside its group, or that a killed cpm left. They are recognized by their
 * environment, which names the folder of their node, and not by a process id, which may have been reused. Only Linux
 * exposes the environment of a process, so they are left running elsewhere.
 */
export function endLeftovers(folder: string): void {
  if (process.platform !== 'linux') return
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const left = processesOf(folder)
    if (left.length === 0) return
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has already ended.
      }
    }
  }
}

function processesOf(runFolder: string): number[] {
  const mark = Buffer.from(`\0CPM_OUTPUT=${runFolder}${path.sep}`)
  const pids = fs.readdirSync('/proc').filter((name) => /^[1-9][0-9]*$/.test(name))
  return pids.map(Number).filter((pid) => pid !== process.pid && environmentOf(pid).includes(mark))
}

/** Returns the environment of a process, or nothing if it belongs to another user or has ended. */
function environmentOf(pid: number): Buffer {
  try {
    return Buffer.concat([Buffer.from('\0'), fs.readFileSync(`/proc/${pid}/environ`)])
  } catch {
    return Buffer.alloc(0)
  }
}
