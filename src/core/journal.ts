import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { isThere, readTextIfThere, syncFolder, writeFileAtomic } from './atomic-file.ts'
import { canonicalJson, parseCanonicalJson } from './canonical-json.ts'
import { CpmError } from './errors.ts'
import { refuseNewer } from './newer-format.ts'

/**
 * A redo journal. Everything an operation will put in place is prepared first, under names nobody reads; then its steps
 * are sealed in one file; then they are applied. A crash before the seal leaves the old state (the preparation is swept
 * away), a crash after it is finished by the next command. Steps are therefore written so that applying one
 * twice is the same as applying it once.
 */
export interface Journal<Step> {
  readonly file: string
  /** The steps, as a schema: a journal is read back as data from outside, and may hold nothing but these. */
  readonly step: z.ZodType<Step>
  apply(step: Step): void
}

/**
 * Seals the steps, applies them, forgets them. The seal is the moment from which the operation will be finished, if the process
 * dies. Where a step fails, the operation is undone and forgotten before the failure is told: nobody expects that a command
 * which failed is carried out later.
 * @param undo takes back what was applied; false where others may have seen it, so that it has to be finished
 */
export function commit<Step>(journal: Journal<Step>, steps: readonly Step[], undo: () => boolean): void {
  try {
    writeFileAtomic(journal.file, canonicalJson({ schemaVersion: 1, steps }))
    applyAll(journal, steps)
  } catch (error) {
    if (!isThere(journal.file)) throw error
    if (!isUndone(journal, undo)) throw toBeFinished(error)
    throw error
  }
}

function isUndone<Step>({ file }: Journal<Step>, undo: () => boolean): boolean {
  try {
    if (!undo()) return false
    fs.rmSync(file)
    return true
  } catch {
    return false
  }
}

function toBeFinished(error: unknown): unknown {
  if (!(error instanceof CpmError)) return error
  const { code, message, details } = error
  return new CpmError(code, `${message}; it was begun, and the next cpm that makes changes here finishes it`, {
    hint: 'mend what the message names, then run the command again',
    details: { ...details, unfinished: true },
    cause: error,
  })
}

/** Finishes what a crashed process had sealed. True when there was something to finish. */
export function finishSealed<Step>(journal: Journal<Step>): boolean {
  const text = readTextIfThere(journal.file)
  if (text === undefined) return false
  applyAll(journal, readSteps(journal, text))
  return true
}

function applyAll<Step>(journal: Journal<Step>, steps: readonly Step[]): void {
  for (const step of steps) journal.apply(step)
  fs.rmSync(journal.file, { force: true })
  syncFolder(path.dirname(journal.file))
}

function readSteps<Step>({ file, step }: Journal<Step>, text: string): Step[] {
  try {
    const value = parseCanonicalJson(text)
    refuseNewer(value, 'JOURNAL_INVALID', `the journal ${file}`)
    return z.strictObject({ schemaVersion: z.literal(1), steps: z.array(step) }).parse(value).steps
  } catch (error) {
    if (error instanceof CpmError) throw error
    throw new CpmError('JOURNAL_INVALID', `the journal ${file} can't be read`, {
      hint: `look at it, then remove it: rm '${file}'`,
      cause: error,
    })
  }
}
