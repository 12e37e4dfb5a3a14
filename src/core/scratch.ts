import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { isAbandoned } from './abandoned.ts'
import { namesIn } from './atomic-file.ts'
import { fileError, ifPossible } from './errors.ts'
import { nameAfterProcess } from './process-identity.ts'

const PREFIX = 'cpm-scratch-'

/**
 * Calls `work` with a new folder in the system's temporary folder, and removes it afterwards. The folder names this
 * process, so that the next command that needs one removes it if this process is killed.
 */
export async function withScratch<T>(work: (folder: string) => Promise<T>): Promise<T> {
  removeAbandoned()
  const folder = path.join(os.tmpdir(), `${PREFIX}${nameAfterProcess(randomBytes(8).toString('hex'))}`)
  try {
    fs.mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    throw fileError(error, 'create', folder)
  }
  try {
    return await work(folder)
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

function removeAbandoned(): void {
  ifPossible(() => {
    for (const name of namesIn(os.tmpdir()).filter((name) => name.startsWith(PREFIX))) {
      const folder = path.join(os.tmpdir(), name)
      if (isAbandoned(folder, { name: name.slice(PREFIX.length) }) && isOurs(folder))
        fs.rmSync(folder, { recursive: true, force: true })
    }
  })
}

/** Everybody can create anything in the system's temporary folder. */
function isOurs(folder: string): boolean {
  const stats = fs.lstatSync(folder, { throwIfNoEntry: false })
  return stats?.isDirectory() === true && (process.platform === 'win32' || stats.uid === process.getuid?.())
}
