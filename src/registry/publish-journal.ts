import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { syncFolder, makeFolders } from '../core/atomic-file.ts'
import { CpmError, fileError } from '../core/errors.ts'
import type { Journal } from '../core/journal.ts'
import { regularStats } from '../core/regular-file.ts'
import { journalFile } from '../core/staging.ts'
import { safeJoin } from '../core/safe-path.ts'

/** The steps of a publication. Keys are those in src/registry/layout.ts. */
export const PublishStep = z.discriminatedUnion('do', [
  /** move a staged file to its key, replacing a file that no index line names */
  z.strictObject({ do: z.literal('place'), file: z.string().regex(/^[a-z0-9.-]+$/), key: z.string() }),
  /** add a line to a file that was `at` bytes long when the journal was sealed */
  z.strictObject({ do: z.literal('append'), key: z.string(), at: z.int().nonnegative(), line: z.string() }),
])
export type PublishStep = z.infer<typeof PublishStep>

const KEY = /^(?:index|keys|packages)\//

export function publishJournal(registry: string, staging: string): Journal<PublishStep> {
  return {
    file: journalFile(staging),
    step: PublishStep,
    apply: (step) => {
      if (!KEY.test(step.key))
        throw new CpmError('JOURNAL_INVALID', `the journal in ${staging} names the key ${step.key}`)
      const target = safeJoin(registry, step.key)
      try {
        makeFolders(path.dirname(target))
        if (step.do === 'place') place(safeJoin(staging, step.file), target)
        else append(target, step.at, step.line)
      } catch (error) {
        throw fileError(error, 'write', target)
      }
    },
  }
}

function place(file: string, target: string): void {
  // Not in the staging folder: an earlier run has placed it.
  if (!fs.existsSync(file)) return
  fs.renameSync(file, target)
  syncFolder(path.dirname(target))
}

/**
 * Appends a line that may already be there, completely or in part: a crash may have interrupted the write, and a second
 * run repeats it.
 */
function append(target: string, at: number, line: string): void {
  const wanted = Buffer.from(`${line}\n`)
  // Refuse a symlink, which could lead outside the registry.
  regularStats(target)
  const fd = fs.openSync(target, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o644)
  try {
    const { size } = fs.fstatSync(fd)
    const there = Buffer.alloc(Math.max(0, Math.min(size - at, wanted.length)))
    fs.readSync(fd, there, 0, there.length, at)
    const isOurs = size >= at && there.equals(wanted.subarray(0, there.length))
    if (!isOurs) throw new CpmError('INDEX_INVALID', `${target} was changed by another program during a publication`)
    if (there.length === wanted.length) return
    fs.ftruncateSync(fd, at)
    for (let done = 0; done < wanted.length;) done += fs.writeSync(fd, wanted, done, wanted.length - done, at + done)
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
  syncFolder(path.dirname(target))
}

/**
 * Removes partially appended lines. Placed files can stay, since no line names them. Returns false if a line is
 * complete: readers may have seen it, and a publication never changes.
 */
export function undoPublication(registry: string, steps: readonly PublishStep[]): boolean {
  const appends = steps.flatMap((step) => (step.do === 'append' ? [step] : []))
  const begun = appends.flatMap(({ key, at, line }) => {
    const file = safeJoin(registry, key)
    const size = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0
    return size > at ? [{ file, at, isWhole: size >= at + Buffer.byteLength(line) + 1 }] : []
  })
  if (begun.some(({ isWhole }) => isWhole)) return false
  for (const { file, at } of begun) fs.truncateSync(file, at)
  return true
}
