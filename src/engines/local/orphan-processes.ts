import fs from 'node:fs'
import path from 'node:path'

/** how often it is looked again for what was started while others were ended */
const MOST_ROUNDS = 10

/**
 * Ends the processes that a function left behind outside its group, or that a killed cpm left. They are known by the environment that the engine gave them, which names their node's
 * folder: not by a number that may belong to somebody else by now. Only Linux tells the environment of a process; elsewhere they are left.
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
        // It has ended by itself.
      }
    }
  }
}

function processesOf(runFolder: string): number[] {
  const mark = Buffer.from(`\0CPM_OUTPUT=${runFolder}${path.sep}`)
  const pids = fs.readdirSync('/proc').filter((name) => /^[1-9][0-9]*$/.test(name))
  return pids.map(Number).filter((pid) => pid !== process.pid && environmentOf(pid).includes(mark))
}

/** Empty for processes of others, and for those that have ended. */
function environmentOf(pid: number): Buffer {
  try {
    return Buffer.concat([Buffer.from('\0'), fs.readFileSync(`/proc/${pid}/environ`)])
  } catch {
    return Buffer.alloc(0)
  }
}
