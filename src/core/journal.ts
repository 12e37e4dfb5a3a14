import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { isThere, readTextIfThere, syncFolder, writeFileAtomic } from './atomic-file.ts'
import { canonicalJson, parseCanonicalJson } from './canonical-json.ts'
import { CpmError, fileError, ifPossible } from './errors.ts'
import { refuseNewer } from './newer-format.ts'
import { shellPath } from './shell-word.ts'

/**
 * A redo journal. An operation first prepares everything under names that no reader looks at, then seals its steps in
 * one file, then applies them. After a crash before the seal, the old state remains and the preparation is swept away;
 * after a later crash, the next command applies the steps. Steps must therefore be idempotent.
 */
export interface Journal<Step> {
  readonly file: string
  /** Schema of a step. A journal is untrusted input when it is read back, and may contain nothing else. */
  readonly step: z.ZodType<Step>
  apply(step: Step): void
}

/**
 * Seals the steps, applies them and removes the journal. Once sealed, the operation will be finished even if the
 * process dies. If a step fails, the operation is undone before the error is thrown: users don't expect a failed
 * command to be completed later.
 * @param undo reverts the applied steps; returns false if others may have seen them, so that they must be completed
 */
export function commit<Step>(journal: Journal<Step>, steps: readonly Step[], undo: () => boolean): void {
  try {
    seal(journal, steps)
    applyAll(journal, steps)
  } catch (error) {
    throw undone(journal, undo, error)
  }
}

/**
 * The same, but asks for approval once all steps are applied, and undoes them if that fails.
 * @param approve may take as long as it needs; if the process dies meanwhile, the operation stays done
 */
export async function commitIfApproved<Step>(
  journal: Journal<Step>,
  steps: readonly Step[],
  undo: () => boolean,
  approve: () => Promise<void>,
): Promise<void> {
  try {
    seal(journal, steps)
    for (const step of steps) journal.apply(step)
    await approve()
    removeJournal(journal)
  } catch (error) {
    throw undone(journal, undo, error)
  }
}

function seal<Step>({ file }: Journal<Step>, steps: readonly Step[]): void {
  writeFileAtomic(file, canonicalJson({ schemaVersion: 1, steps }))
}

/** Undoes an operation that failed. @returns the error to throw */
function undone<Step>(journal: Journal<Step>, undo: () => boolean, error: unknown): unknown {
  return isThere(journal.file) && !isUndone(journal, undo) ? toBeFinished(error) : error
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
  return new CpmError(code, `${message}; the next cpm command that makes changes here will finish the operation`, {
    hint: 'fix what the message names, then run the command again',
    details: { ...details, unfinished: true },
    cause: error,
  })
}

/** Finishes the operation that a crashed process had sealed. Returns whether there was one. */
export function finishSealed<Step>(journal: Journal<Step>): boolean {
  const text = readTextIfThere(journal.file)
  if (text === undefined) return false
  applyAll(journal, readSteps(journal, text))
  return true
}

function applyAll<Step>(journal: Journal<Step>, steps: readonly Step[]): void {
  for (const step of steps) journal.apply(step)
  removeJournal(journal)
}

function removeJournal({ file }: Pick<Journal<never>, 'file'>): void {
  try {
    fs.rmSync(file, { force: true })
  } catch (error) {
    throw fileError(error, 'remove', file)
  }
  // The operation is complete, whether the disk confirms it or not.
  ifPossible(() => {
    syncFolder(path.dirname(file))
  })
}

function readSteps<Step>({ file, step }: Journal<Step>, text: string): Step[] {
  try {
    const value = parseCanonicalJson(text)
    refuseNewer(value, 'JOURNAL_INVALID', `the journal ${file}`)
    return z.strictObject({ schemaVersion: z.literal(1), steps: z.array(step) }).parse(value).steps
  } catch (error) {
    if (error instanceof CpmError) throw error
    throw new CpmError('JOURNAL_INVALID', `the journal ${file} can't be read`, {
      hint: `look at it, then remove it: rm ${shellPath(file)}`,
      cause: error,
    })
  }
}
